// holdfast backup status: how far behind the database its archives are, by data class.

import type { Command } from 'commander';
import { type ClassStates, readBackupState } from '../shapes/backup-state.ts';
import { duration } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, renderTable } from './output.ts';

export function registerStatus(command: Command, invocation: Invocation): void {
  command
    .command('status')
    .description('how far behind the database its archives are, and when they were proven')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const state = await readBackupState(store);
        invocation.print(state, () =>
          [
            classesText(state.classes),
            ...state.findings.map(({ what, where, fix }) => `${paint('yellow', where)}: ${what}\n  ${fix}`),
          ].join('\n'),
        );
      }),
    );
}

export const classesText = (classes: ClassStates): string =>
  renderTable(
    ['data', 'behind', 'allowed', 'newest archive', 'proven'],
    classes.map((each) => [
      each.class,
      each.behindMs === null ? 'no archive' : duration(each.behindMs / 1000),
      each.policyMs === null ? 'no schedule' : duration(each.policyMs / 1000),
      each.newestAt ?? '-',
      each.provenAt ?? 'never',
    ]),
  );
