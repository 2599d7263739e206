// The kind of job `backup-verify`: a test restore of the newest archive, as far as a key for it is at hand.

import { HoldfastError } from '@holdfast/core';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-backup-verify-module.ts' : './job-backup-verify-module.js',
  import.meta.url,
);

export const backupVerifyJob: OfferedKind = {
  summary: 'restore the newest archive, or one by its id, into a scratch database: backup-verify [ID]',
  params([archive, ...more]) {
    if (more.length > 0) throw new HoldfastError('USAGE', 'backup-verify takes one archive');
    return archive === undefined ? {} : { archive };
  },
  kind: { kind: 'backup-verify', runner: 'worker', module, lease: 'backup-verify' },
};
