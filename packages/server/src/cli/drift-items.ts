// Differences as `drift` shows them: pages of them, by what was typed, as JSON and as text.

import { formatInstant, HoldfastError, type Resource, type Store, type Where } from '@holdfast/core';
import {
  type DriftItem,
  type DriftSeverity,
  driftCategories,
  driftSeverities,
  driftSubject,
  itemDifference,
} from '@holdfast/core/drift';
import { driftItems } from '@holdfast/core/system';
import { Option } from 'commander';
import { resources } from './domains.ts';
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
): Promise<{ items: ItemJson[]; next: string | null }> => {
  const page = await store.repository(driftItems).list({
    where,
    orderBy: [['lastSeen', 'desc'], ['resource'], ['recordId']],
    limit: Number(limit),
    after,
  });
  return { items: page.items.map(itemJson), next: page.next };
};

const subjects = new Map<string, ReturnType<typeof driftSubject>>();

function subjectOf(name: string): ReturnType<typeof driftSubject> | undefined {
  const resource = resources.find((each: Resource) => each.name === name);
  if (resource !== undefined && !subjects.has(name)) subjects.set(name, driftSubject(resource));
  return subjects.get(name);
}

/** The contract of a difference. */
export function itemJson(item: DriftItem) {
  const subject = subjectOf(item.resource);
  const { path, type, expected, actual, secret, category, severity } = item;
  const plain = { path, type, expected, actual, secret, category, severity };
  return {
    ...{ resource: item.resource, id: item.recordId, source: item.source },
    ...(subject === undefined
      ? { ...plain, description: path, suggestion: '' }
      : itemDifference(subject, item)),
    ...{ state: item.state, occurrences: item.occurrences, run: item.runId },
    firstSeen: formatInstant(item.firstSeen),
    lastSeen: formatInstant(item.lastSeen),
    resolvedAt: item.resolvedAt === null ? null : formatInstant(item.resolvedAt),
  };
}

export type ItemJson = ReturnType<typeof itemJson>;

const colours = { critical: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<
  DriftSeverity,
  string
>;

/** Records with their differences below them. */
export function itemsText(items: readonly ItemJson[], next: string | null): string {
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
