// Who is told what, when, and what became of it.

import { bool, instant, int, json, oneOf, table, text, timestamps, uuid } from '@holdfast/core';

/** Which devices a rule or a schedule is about; nothing given means all. */
export interface DeviceFilter {
  readonly macs?: readonly string[];
  readonly models?: readonly string[];
  readonly names?: readonly string[];
  readonly generations?: readonly number[];
  readonly ipRanges?: readonly string[];
  readonly exclude?: readonly string[];
}

const channelType = () => oneOf('email', 'webhook', 'slack');

export const notificationChannels = table(
  'shelly_notification_channels',
  {
    id: uuid(),
    name: text(191).unique(),
    type: channelType(),
    enabled: bool().default(true),
    /** Recipients, URL, headers; what is secret of it stands apart. */
    config: json<Readonly<Record<string, unknown>>>(),
    /** JSON of passwords, signing keys and webhook addresses, by their path. */
    secrets: text().nullable().secret(),
    description: text().nullable(),
    ...timestamps,
  },
  { key: ['id'], dataClass: 'important', history: 'versions', indexes: [{ columns: ['type'] }] },
);

export const notificationRules = table(
  'shelly_notification_rules',
  {
    id: uuid(),
    name: text(191).unique(),
    description: text().nullable(),
    enabled: bool().default(true),
    channelId: uuid().references(notificationChannels, 'id', 'cascade'),
    alertLevel: oneOf('critical', 'warning', 'info', 'all').default('all'),
    minSeverity: oneOf('critical', 'warning', 'info').nullable(),
    categories: json<string[]>().nullable(),
    deviceFilter: json<DeviceFilter>().nullable(),
    minIntervalMinutes: int().default(0),
    /** 0 for no limit. */
    maxPerHour: int().default(0),
    scheduleEnabled: bool().default(false),
    /** `HH:MM`; an end before the start is on the next day. */
    scheduleStart: text(5).nullable(),
    scheduleEnd: text(5).nullable(),
    scheduleDays: json<string[]>().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'important',
    history: 'versions',
    indexes: [{ columns: ['channelId'] }, { columns: ['enabled', 'alertLevel'] }],
    checks: { limitsNotNegative: 'min_interval_minutes >= 0 AND max_per_hour >= 0' },
  },
);

/** Outlives the rule, the channel and the device. */
export const notificationHistory = table(
  'shelly_notification_history',
  {
    id: uuid(),
    ruleId: uuid().nullable().references(notificationRules, 'id', 'set null'),
    channelId: uuid().nullable().references(notificationChannels, 'id', 'set null'),
    triggerType: text(64),
    /** The device it is about, where it is about one. */
    source: text(64).nullable(),
    mac: text(12).nullable(),
    scheduleId: uuid().nullable(),
    reportId: uuid().nullable(),
    subject: text().nullable(),
    message: text().nullable(),
    alertLevel: oneOf('critical', 'warning', 'info'),
    affectedDevices: json<string[]>().nullable(),
    status: oneOf('pending', 'sent', 'failed', 'retry').default('pending'),
    at: instant(),
    sentAt: instant().nullable(),
    error: text().nullable(),
    retryCount: int().default(0),
    nextRetryAt: instant().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'important',
    indexes: [
      { columns: ['status', 'nextRetryAt'] },
      { columns: ['ruleId', 'at'] },
      { columns: ['channelId', 'at'] },
      { columns: ['source', 'mac', 'at'] },
      { columns: ['at'] },
    ],
  },
);

export const notificationTemplates = table(
  'shelly_notification_templates',
  {
    id: uuid(),
    name: text(191).unique(),
    type: channelType(),
    subject: text().nullable(),
    body: text(),
    variables: json<string[]>().nullable(),
    description: text().nullable(),
    isDefault: bool().default(false),
    ...timestamps,
  },
  { key: ['id'], dataClass: 'important', history: 'versions', indexes: [{ columns: ['type'] }] },
);
