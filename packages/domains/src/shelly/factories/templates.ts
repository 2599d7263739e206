// Configuration templates, and what was done with them.

import type { Insert } from '@holdfast/core';
import { models } from '../simulator/models.ts';
import type { configHistory, configTemplates } from '../tables.ts';
import { chance, deviceOf, differences, idOfRecord, kinds, minute, type Place, start } from './place.ts';

export function makeTemplate(place: Place, index: number): Insert<typeof configTemplates> {
  const scope = (['global', 'group', 'device_type'] as const)[index % 3]!;
  const { model, generation } = models[index % models.length]!;
  return {
    id: idOfRecord(place, kinds.template, index),
    name: `${place.source} template ${index}`,
    description: 'Made up',
    scope,
    deviceType: scope === 'device_type' ? model : null,
    generation: scope === 'device_type' ? Math.min(generation, 2) : 0,
    config: { mqtt: { enable: true, server: '192.168.1.10:1883' }, cloud: { enable: false } },
    secrets: JSON.stringify({ 'mqtt.pass': chance(place, kinds.template, index).hex(16) }),
    variables: [{ name: 'site', type: 'string', default_value: 'home', required: false }],
    isDefault: index === 0,
  };
}

export function makeConfigChange(place: Place, index: number): Insert<typeof configHistory> {
  const random = chance(place, kinds.change, index);
  const { path, expected, actual } = random.pick(differences);
  return {
    id: idOfRecord(place, kinds.change, index),
    ...deviceOf(place, index),
    at: start + index * minute,
    action: random.pick(['import', 'export', 'sync', 'manual', 'template', 'updated'] as const),
    oldConfig: { [path]: actual as string },
    newConfig: { [path]: expected as string },
    changes: [{ path, type: 'modified', expected, actual }],
    changedBy: random.pick(['admin', 'schedule']),
  };
}
