// Differences as `drift` shows them: pages of them, by what was typed, as JSON and as text.

import { HoldfastError, type Store, type Where } from '@holdfast/core';
import { type DriftSeverity, driftCategories, driftSeverities } from '@holdfast/core/drift';
import { driftItems } from '@holdfast/core/system';
import { Option } from 'commander';
import { type DriftItemJson, driftItemJson } from '../shapes/drift.ts';
import { paint, printable } from './output.ts';

export interface ItemFlags {
  readonly source?: string;
  readonly severity?: string;
  readonly category?: string;
  readonly limit: string;
  readonly after?: string;
}

export const severityOption = (): Option =>
  new Option('--severity <severity>', `at least as grave: ${driftSeverities.join(', ')}`);
export const categoryOption = (): Option => new Option('--category <category>', driftCategories.join(', '));

/** @throws USAGE naming the words there are */
export function itemsWhere({ source, severity, category }: ItemFlags): Where<typeof driftItems> {
  const gravest =
    severity === undefined ? -1 : driftSeverities.indexOf(wordOf(severity, driftSeverities, '--severity'));
  return {
    ...(source === undefined ? {} : { source }),
    ...(category === undefined ? {} : { category: wordOf(category, driftCategories, '--category') }),
    ...(gravest < 0 ? {} : { severity: { in: driftSeverities.slice(0, gravest + 1) } }),
  };
}

export function wordOf<W extends string>(text: string, words: readonly W[], flag: string): W {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new HoldfastError('USAGE', `${flag} is ${JSON.stringify(text)}: it takes ${words.join(', ')}`);
}

/** One page, the gravest not first: pages keep the order in which things were found. */
export const itemsPage = async (
  store: Store,
  where: Where<typeof driftItems>,
  { limit, after }: Pick<ItemFlags, 'limit' | 'after'>,
): Promise<{ items: DriftItemJson[]; next: string | null }> => {
  const page = await store.repository(driftItems).list({
    where,
    orderBy: [['lastSeen', 'desc'], ['resource'], ['recordId']],
    limit: Number(limit),
    after,
  });
  return { items: page.items.map(driftItemJson), next: page.next };
};

const colours = { critical: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<
  DriftSeverity,
  string
>;

/** Records with their differences below them. */
export function itemsText(items: readonly DriftItemJson[], next: string | null): string {
  const byRecord = Map.groupBy(items, ({ resource, id }) => `${resource} ${id}`);
  const lines = [...byRecord].flatMap(([record, own]) => [
    paint('bold', printable(record)),
    ...own.flatMap(({ severity, category, description, state, suggestion }) => [
      `  ${paint(colours[severity], severity)} ${category}: ${printable(description)}${state === 'open' ? '' : paint('dim', ` (${state})`)}`,
      ...(state === 'open' ? [paint('dim', `    ${printable(suggestion)}`)] : []),
    ]),
  ]);
  return [...lines, ...(next === null ? [] : [paint('dim', `more: --after ${next}`)])].join('\n');
}
