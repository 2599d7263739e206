// A resource and its columns, as clients are told of them.

import type { Resource } from '@holdfast/core';
import { driftSubject } from '@holdfast/core/drift';
import { z } from 'zod';

export const resourceShape = z.object({
  ...{ resource: z.string(), domain: z.string(), table: z.string(), key: z.array(z.string()) },
  incarnation: z.string().nullable(),
  summary: z.array(z.string()),
  columns: z.array(
    z.object({
      ...{ name: z.string(), kind: z.string(), nullable: z.boolean(), key: z.boolean(), metric: z.boolean() },
      ...{ series: z.boolean(), secret: z.boolean(), auto: z.boolean() },
      values: z.array(z.string()).optional(),
      maxLength: z.number().optional(),
    }),
  ),
  ...{ history: z.boolean(), editable: z.boolean(), managed: z.boolean() },
  records: z.number().optional(),
  absent: z.number().optional(),
});

/** Kinds of gauges that have a series; of the others only the latest value is kept. */
const measured = new Set(['int', 'bigint', 'real', 'bool', 'instant']);

export function resourceJson(resource: Resource) {
  const { name, table, incarnation, summary, editable } = resource;
  const columns = [...table.spec.columns, ...table.spec.metrics].map((spec, index) => {
    const own = index < table.properties.length;
    return {
      name: own ? table.properties[index]! : table.metricProperties[index - table.properties.length]!,
      kind: spec.kind,
      nullable: spec.nullable === true,
      key: own && table.spec.key.includes(spec.name),
      metric: !own,
      series: !own && measured.has(spec.kind),
      secret: spec.secret === true,
      auto: spec.auto !== undefined,
      ...(spec.values === undefined ? {} : { values: [...spec.values] }),
      ...(spec.maxLength === undefined ? {} : { maxLength: spec.maxLength }),
    };
  });
  return {
    ...{ resource: name, domain: name.split('.')[0]!, table: table.name, key: [...table.key] as string[] },
    ...{ incarnation: incarnation ?? null, summary: [...summary], columns },
    ...{ history: table.spec.history === 'versions', editable: editable === true },
    managed: table.spec.history === 'versions' && driftSubject(resource).properties.size > 0,
  };
}
