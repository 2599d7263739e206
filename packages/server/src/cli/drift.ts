// holdfast drift [RESOURCE] [ID]: where records are not as they should be, and what they should be.

import type { Command } from 'commander';
import { registerDesired } from './drift-desired.ts';
import { registerReports } from './drift-reports.ts';
import { registerRules } from './drift-rules.ts';
import { registerRun } from './drift-run.ts';
import { registerSchedules } from './drift-schedule.ts';
import type { Invocation } from './invocation.ts';

export function register(command: Command, invocation: Invocation): void {
  command.addHelpText(
    'after',
    '\nWithout one of these words it is run: holdfast drift run --help says what it takes.',
  );
  registerRun(command, invocation);
  for (const part of [registerDesired, registerRules, registerReports, registerSchedules])
    part(command, invocation);
}
