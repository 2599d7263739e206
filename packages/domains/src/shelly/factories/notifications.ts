// Channels, rules, templates of messages, and messages.

import type { Insert } from '@holdfast/core';
import type {
  notificationChannels,
  notificationHistory,
  notificationRules,
  notificationTemplates,
} from '../tables.ts';
import { chance, deviceOf, differences, idOfRecord, kinds, minute, type Place, start } from './place.ts';

const types = ['email', 'webhook', 'slack'] as const;
const configs = {
  email: { recipients: ['ops@example.org'], subject: '{{subject}}' },
  webhook: { url: 'https://hooks.example.org/shelly', method: 'POST', timeout: 30, retries: 3 },
  slack: { channel: '#house', username: 'holdfast' },
};
/** Channels that rules and messages refer to. */
const channels = 3;

export function makeNotificationChannel(place: Place, index: number): Insert<typeof notificationChannels> {
  const type = types[index % types.length]!;
  return {
    id: idOfRecord(place, kinds.channel, index),
    name: `${place.source} channel ${index}`,
    type,
    config: configs[type],
    secrets: JSON.stringify({ secret: chance(place, kinds.channel, index).hex(32) }),
  };
}

export function makeNotificationRule(place: Place, index: number): Insert<typeof notificationRules> {
  return {
    id: idOfRecord(place, kinds.rule, index),
    name: `${place.source} rule ${index}`,
    enabled: index % 5 !== 4,
    channelId: idOfRecord(place, kinds.channel, index % channels),
    alertLevel: (['all', 'critical', 'warning', 'info'] as const)[index % 4]!,
    minSeverity: 'warning',
    categories: ['drift', 'configuration'],
    deviceFilter: { generations: [1 + (index % 4)] },
    minIntervalMinutes: 15,
    maxPerHour: 10,
    scheduleEnabled: index % 2 === 0,
    scheduleStart: '22:00',
    scheduleEnd: '06:00',
    scheduleDays: ['mon', 'tue', 'wed'],
  };
}

export function makeNotification(place: Place, index: number): Insert<typeof notificationHistory> {
  const random = chance(place, kinds.notification, index);
  const { path, severity } = random.pick(differences);
  const status = random.pick(['sent', 'sent', 'sent', 'failed', 'retry', 'pending'] as const);
  const at = start + index * minute;
  const device = deviceOf(place, index);
  return {
    id: idOfRecord(place, kinds.notification, index),
    ruleId: idOfRecord(place, kinds.rule, 0),
    channelId: idOfRecord(place, kinds.channel, index % channels),
    triggerType: 'drift_detected',
    ...device,
    subject: `${path} differs on ${device.mac}`,
    message: `The configuration of ${device.mac} differs from what it should be.`,
    alertLevel: severity,
    affectedDevices: [device.mac],
    status,
    at,
    sentAt: status === 'sent' ? at + 1_000_000 : null,
    error: status === 'failed' || status === 'retry' ? 'connection refused' : null,
    retryCount: status === 'retry' ? 1 : 0,
    nextRetryAt: status === 'retry' ? at + 5 * minute : null,
  };
}

export const makeNotificationTemplate = (
  place: Place,
  index: number,
): Insert<typeof notificationTemplates> => ({
  id: idOfRecord(place, kinds.message, index),
  name: `${place.source} message ${index}`,
  type: types[index % types.length]!,
  subject: '{{device}}: {{path}} differs',
  body: '{{path}} of {{device}} is {{actual}}, and should be {{expected}}.',
  variables: ['device', 'path', 'actual', 'expected'],
  isDefault: index < types.length,
});
