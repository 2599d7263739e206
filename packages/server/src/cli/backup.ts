// holdfast backup create|list|show|verify: archives of the database.

import type { Command } from 'commander';
import { registerCreate } from './backup-create.ts';
import { registerList } from './backup-list.ts';
import { registerShow } from './backup-show.ts';
import { registerVerify } from './backup-verify.ts';
import type { Invocation } from './invocation.ts';

export function register(command: Command, invocation: Invocation): void {
  registerCreate(command, invocation);
  registerList(command, invocation);
  registerShow(command, invocation);
  registerVerify(command, invocation);
}
