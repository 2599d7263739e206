// Made-up records of every table: realistic, any number of them, the same for the same seed.

export { makeDeviceConfigRow, makeDeviceRow } from './factories/devices.ts';
export { makeDriftReport, makeDriftRun, makeDriftSchedule, makeDriftTrend } from './factories/drift.ts';
export {
  makeNotification,
  makeNotificationChannel,
  makeNotificationRule,
  makeNotificationTemplate,
} from './factories/notifications.ts';
export {
  makeResolution,
  makeResolutionFigures,
  makeResolutionPolicy,
  makeResolutionRequest,
  makeResolutionSchedule,
} from './factories/resolution.ts';
export { makeConfigChange, makeTemplate } from './factories/templates.ts';
