// holdfast drift ack|unack|ignore: what people say of differences.

import { HoldfastError, type Store } from '@holdfast/core';
import {
  acknowledgeDrift,
  driftSubject,
  findRecordIfAny,
  ignoreDrift,
  listDriftRules,
  removeDriftRule,
  unacknowledgeDrift,
} from '@holdfast/core/drift';
import type { Command } from 'commander';
import { driftRuleJson } from '../shapes/drift.ts';
import { requireResource } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { parseUntil } from './moments.ts';
import { printable, renderTable } from './output.ts';

interface RuleFlags {
  readonly reason?: string;
  readonly until?: string;
}

interface IgnoreFlags extends RuleFlags {
  readonly resource: string;
  readonly record: string;
  readonly remove?: string;
}

export function registerRules(command: Command, invocation: Invocation): void {
  const spoken = ({ reason, until }: RuleFlags) => ({
    ...{ by: invocation.user, reason },
    expiresAt: until === undefined ? undefined : parseUntil(until),
  });
  const open = { create: false };

  command
    .command('ack')
    .description('take note of one difference: it no longer counts until its value changes')
    .argument('<resource>')
    .argument('<id>')
    .argument('<path>', 'as drift shows it')
    .option('--reason <text>')
    .option('--until <instant>', 'RFC 3339 with its zone, or 30m, 12h, 7d from now')
    .action((name: string, given: string, path: string, flags: RuleFlags) =>
      invocation.withStore(open, async (store) => {
        const id = await idOf(store, name, given);
        const rule = await acknowledgeDrift(store, requireResource(name), id, path, spoken(flags));
        invocation.print(
          driftRuleJson(rule),
          () => `Took note of ${printable(path)} of ${name} ${printable(id)}`,
        );
      }),
    );

  command
    .command('unack')
    .description('let a difference count again')
    .argument('<resource>')
    .argument('<id>')
    .argument('<path>')
    .action((name: string, given: string, path: string) =>
      invocation.withStore(open, async (store) => {
        const id = await idOf(store, name, given);
        if (!(await unacknowledgeDrift(store, requireResource(name), id, path)))
          throw new HoldfastError('DRIFT_NOT_FOUND', `nobody took note of ${path} of ${name} ${id}`, {
            hint: `holdfast drift show ${name} ${id}`,
          });
        invocation.print(
          { resource: name, id, path, acknowledged: false },
          () => `${printable(path)} counts again`,
        );
      }),
    );

  command
    .command('ignore')
    .description('paths that are not compared: add one, list them, remove one')
    .argument('[pattern]', 'as config.net*, or **.mac')
    .option('--resource <name>', 'resources, * for any part', '*')
    .option('--record <id>', 'records, * for any part', '*')
    .option('--reason <text>')
    .option('--until <instant>', 'RFC 3339 with its zone, or 30m, 12h, 7d from now')
    .option('--remove <id>', 'a rule, as the list shows it')
    .action((pattern: string | undefined, flags: IgnoreFlags) =>
      invocation.withStore(open, async (store) => {
        if (flags.remove !== undefined) {
          await removeDriftRule(store, flags.remove);
          return invocation.print({ removed: flags.remove }, () => `Removed ${flags.remove}`);
        }
        if (pattern === undefined) return listRules(store, invocation);
        const { resource, record: recordId } = flags;
        if (!resource.includes('*')) requireResource(resource);
        const rule = await ignoreDrift(store, { ...spoken(flags), resource, recordId, path: pattern });
        invocation.print(
          driftRuleJson(rule),
          () => `${printable(pattern)} is not compared; to undo: holdfast drift ignore --remove ${rule.id}`,
        );
      }),
    );
}

async function listRules(store: Store, invocation: Invocation): Promise<void> {
  const items = (await listDriftRules(store)).map(driftRuleJson);
  invocation.print({ items, next: null }, () =>
    items.length === 0
      ? 'Nothing is ignored, and no note was taken'
      : renderTable(
          ['id', 'kind', 'resource', 'record', 'path', 'until', 'reason'],
          items.map((rule) => [
            rule.id,
            rule.kind,
            rule.resource,
            rule.record,
            rule.path,
            rule.expiresAt ?? '-',
            rule.reason ?? '-',
          ]),
        ),
  );
}

/** The record may be gone: then the id as it was typed. @throws RESOURCE_UNKNOWN */
async function idOf(store: Store, name: string, given: string): Promise<string> {
  const resource = requireResource(name);
  const found = await findRecordIfAny(store, resource, given);
  return found === undefined ? given : driftSubject(resource).idOf(found.row);
}
