// holdfast doctor: the schema against its declaration, settings and the key, with what mends each finding.

import { exits, type Finding } from '@holdfast/core';
import { backupFindings } from '@holdfast/core/retention';
import { keyFindings } from '@holdfast/core/system';
import type { Command } from 'commander';
import { redisFindings } from '../http/events/redis-url.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';

export function register(command: Command, invocation: Invocation): void {
  command
    .addHelpText('after', '\nExit status: 0 when there is nothing to mend, 5 when there is.')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        report(
          invocation,
          [
            ...[...(await store.doctor()), ...(await keyFindings(store)), ...(await backupFindings(store))],
            ...(await redisFindings(process.env['HOLDFAST_REDIS'] || undefined)),
          ],
          'The schema is as declared',
        );
      }),
    );
}

/** Prints findings in the shape that `doctor` and `db check` share. */
export function report(invocation: Invocation, findings: readonly Finding[], fine: string): void {
  const ok = findings.every(({ advice }) => advice);
  if (!ok) invocation.outcome.exit = exits.integrity;
  invocation.print({ ok, findings }, () =>
    [...(ok ? [paint('green', fine)] : []), ...findings.map(findingText)].join('\n\n'),
  );
}

const findingText = ({ code, where, what, fix }: Finding): string =>
  `${paint('yellow', code)} ${printable(where)}: ${printable(what)}\n${fix.replaceAll(/^/gm, '  ')}`;
