// holdfast diff [RESOURCE] [ID] --from INSTANT [--to INSTANT]: what is different between two moments.

import { formatInstant, HoldfastError, now } from '@holdfast/core';
import { gapsOf, listDiff } from '@holdfast/core/history';
import type { Command } from 'commander';
import { diffItemJson, gapJson } from '../shapes/changes.ts';
import { changeText } from './change-text.ts';
import { findKey } from './find-record.ts';
import { gapText } from './history.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint } from './output.ts';
import { trackedResources } from './tracked-resources.ts';

interface Flags {
  readonly from: string;
  readonly to: string;
  readonly limit: string;
  readonly after?: string;
  readonly exitCode?: boolean;
}

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('[resource]', 'as proxmox.vm, or a domain; all of them without it')
    .argument('[id]', 'one record, as list gives it')
    .requiredOption('--from <instant>', 'RFC 3339 with its zone, or -15m, -2h, -3d')
    .option('--to <instant>', 'the later of the two', 'now')
    .option('--limit <number>', 'records of one page, at most 10000', '1000')
    .option('--after <cursor>', 'the `next` of the page before')
    .option('--exit-code', 'end with 5 where something differs')
    .action((name: string | undefined, id: string | undefined, flags: Flags) => {
      const resources = trackedResources(name);
      if (id !== undefined && resources.length !== 1)
        throw new HoldfastError(
          'QUERY_INVALID',
          `${name} has several resources: an id belongs to one of them`,
          {
            hint: `holdfast diff ${resources[0]!.name} ${id}`,
          },
        );
      const [from, to] = [parseMoment(flags.from), flags.to === 'now' ? now() : parseMoment(flags.to)];
      return invocation.withStore({ create: false }, async (store) => {
        const key = id === undefined ? undefined : await findKey(store, resources[0]!, id);
        const page = await listDiff(store, {
          resources,
          key,
          from,
          to,
          limit: Number(flags.limit),
          after: flags.after,
        });
        const gaps = await gapsOf(store, resources, from, to);
        const items = page.items.map(diffItemJson);
        const range = { from: formatInstant(from), to: formatInstant(to) };
        invocation.print({ ...range, items, next: page.next, gaps: gaps.map(gapJson) }, () =>
          [
            ...gaps.map(gapText),
            ...page.items.map((item) => changeText(item)),
            paint('dim', `${page.items.length} records differ between ${range.from} and ${range.to}`),
            ...(page.next === null ? [] : [paint('dim', `more: --after ${page.next}`)]),
          ].join('\n'),
        );
        if (flags.exitCode && items.length > 0) invocation.outcome.exit = 5;
      });
    });
}
