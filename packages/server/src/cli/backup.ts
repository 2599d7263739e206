// holdfast backup …: archives of the database, where they are kept, for how long, and when they are made.

import type { Command } from 'commander';
import { registerCopy } from './backup-copy.ts';
import { registerCreate } from './backup-create.ts';
import { registerFetch } from './backup-fetch.ts';
import { registerKey } from './backup-key.ts';
import { registerList } from './backup-list.ts';
import { registerPin } from './backup-pin.ts';
import { registerRetention } from './backup-policy.ts';
import { registerPrune } from './backup-prune.ts';
import { registerSchedule } from './backup-schedule.ts';
import { registerShow } from './backup-show.ts';
import { registerStatus } from './backup-status.ts';
import { registerTargets } from './backup-target.ts';
import { registerVerify } from './backup-verify.ts';
import type { Invocation } from './invocation.ts';

export function register(command: Command, invocation: Invocation): void {
  for (const add of [
    ...[registerCreate, registerList, registerShow, registerVerify, registerStatus],
    ...[registerTargets, registerCopy, registerFetch, registerKey, registerSchedule],
    ...[registerRetention, registerPin, registerPrune],
  ])
    add(command, invocation);
}
