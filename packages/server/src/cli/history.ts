// holdfast history [RESOURCE] [ID]: what changed, when, by whom and why.

import { formatInstant, HoldfastError, now } from '@holdfast/core';
import {
  type ChangeType,
  type Gap,
  gapsOf,
  type HistoryItem,
  type HistoryQuery,
  listHistory,
} from '@holdfast/core/history';
import type { Command } from 'commander';
import { gapJson, historyItemJson } from '../shapes/changes.ts';
import { changeText } from './change-text.ts';
import { findKey } from './find-record.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint, printable } from './output.ts';
import { trackedResources } from './tracked-resources.ts';

const changes: readonly ChangeType[] = ['created', 'updated', 'deleted', 'discovered'];

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly run?: string;
  readonly request?: string;
  readonly actor?: string;
  readonly source?: string;
  readonly change?: string;
  readonly limit: string;
  readonly after?: string;
}

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('[resource]', 'as proxmox.vm, or a domain; all of them without it')
    .argument('[id]', 'one record, as list gives it')
    .option('--from <instant>', 'changes since then: RFC 3339 with its zone, `now`, or -15m, -2h, -3d')
    .option('--to <instant>', 'changes until then')
    .option('--run <id>', 'what one sweep changed')
    .option('--request <id>', 'what one call of the command line or the API changed')
    .option('--actor <name>', 'by whom; `external` is whoever wrote past Holdfast')
    .option('--source <name>', 'through which source')
    .option('--change <kind>', changes.join(', '))
    .option('--limit <number>', 'changes of one page, at most 10000', '100')
    .option('--after <cursor>', 'the `next` of the page before')
    .action((name: string | undefined, id: string | undefined, flags: Flags) => {
      const resources = trackedResources(name);
      if (id !== undefined && resources.length !== 1)
        throw new HoldfastError(
          'QUERY_INVALID',
          `${name} has several resources: an id belongs to one of them`,
          {
            hint: `holdfast history ${resources[0]!.name} ${id}`,
          },
        );
      if (flags.change !== undefined && !changes.includes(flags.change as ChangeType))
        throw new HoldfastError('QUERY_INVALID', `there is no change ${flags.change}`, {
          hint: `It is one of ${changes.join(', ')}`,
        });
      const { limit, from, to, change, ...rest } = flags;
      return invocation.withStore({ create: false }, async (store) => {
        const query: HistoryQuery = {
          ...rest,
          resources,
          change: change as ChangeType | undefined,
          limit: Number(limit),
          from: from === undefined ? undefined : parseMoment(from),
          to: to === undefined ? undefined : parseMoment(to),
          key: id === undefined ? undefined : await findKey(store, resources[0]!, id),
        };
        const page = await listHistory(store, query);
        const gaps = await gapsOf(store, resources, query.from ?? 0, query.to ?? now());
        const items = page.items.map(historyItemJson);
        invocation.print({ items, next: page.next, gaps: gaps.map(gapJson) }, () =>
          historyText(page.items, page.next, gaps),
        );
      });
    });
}

export const gapText = ({ table, from, until, cause }: Gap): string =>
  paint(
    'yellow',
    `! ${table}: changes between ${formatInstant(from)} and ${until === null ? 'now' : formatInstant(until)} may be missing (${cause})`,
  );

function historyText(items: readonly HistoryItem[], next: string | null, gaps: readonly Gap[]): string {
  if (items.length === 0) return [...gaps.map(gapText), 'No changes'].join('\n');
  const lines: string[] = [];
  let before = '';
  for (const item of items) {
    const { at, actor, via, source, reason } = item;
    const by = [
      actor,
      via === actor || via === 'external' ? '' : `via ${via}`,
      source === null ? '' : `source ${source}`,
    ]
      .filter((part) => part !== '')
      .map(printable);
    const head = `${formatInstant(at)}  ${by.join(', ')}${reason === null ? '' : `: ${printable(reason)}`}`;
    if (head !== before) lines.push(paint('dim', head));
    before = head;
    lines.push(changeText(item, '  '));
  }
  const more = next === null ? '' : `\nmore: --after ${next}`;
  return [...gaps.map(gapText), ...lines, paint('dim', `${items.length} changes${more}`)].join('\n');
}
