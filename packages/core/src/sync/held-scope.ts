// What one scope would do beyond what a sweep does unasked: how much that is, of which records, and its hash.

import { createHash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { canonicalJson } from '../schema/canonical-json.ts';
import type { JudgedBatch } from './absences.ts';
import { type Change, type ComparedBatch, same } from './compare-batch.ts';
import type { HeldEffect, Observation } from './observation.ts';
import type { ObservedTable } from './observed-table.ts';
import { recordKey } from './record-key.ts';
import { isTooMuch, type SweepPolicy } from './sweep-policy.ts';

/** Ids listed for each table and kind of effect; the hash covers all of them. */
const mostListed = 200;

export interface HeldScope {
  readonly scope: string;
  readonly observation: Observation;
  readonly deleted: number;
  readonly changed: number;
  /** Records that the scope answers for, and records that it shows and were there before. */
  readonly owned: number;
  readonly shown: number;
  readonly effects: readonly HeldEffect[];
  /** SHA-256 over every record that would be marked absent, and every value that would be written. */
  readonly hash: string;
}

interface Part {
  readonly compared: ComparedBatch;
  readonly judged: JudgedBatch;
}

/** @returns undefined where it may be written: it is not too much */
export function heldScope(
  policy: SweepPolicy,
  observation: Observation,
  parts: readonly Part[],
): HeldScope | undefined {
  const total = (count: (part: Part) => number): number => parts.reduce((sum, part) => sum + count(part), 0);
  const deleted = total(({ judged }) => judged.confirmed.length);
  const owned = total(({ compared }) => (compared.batch.owns === undefined ? 0 : compared.owned));
  const changes = total(({ compared }) => compared.changed.filter(({ weighs }) => weighs).length);
  const shown = total(({ compared }) => compared.shown);
  const tooMuchChanged = isTooMuch(changes, shown, policy.changedPercent, policy.changedRecords);
  if (!tooMuchChanged && !isTooMuch(deleted, owned, policy.deletedPercent, policy.deletedRecords))
    return undefined;
  const digest = createHash('sha256').update(observation.scope);
  const effects = parts.flatMap((part) => [
    effectOf(digest, part.compared.plan, 'deleted', deletions(part)),
    ...(tooMuchChanged ? [effectOf(digest, part.compared.plan, 'changed', changesOf(part))] : []),
  ]);
  return {
    scope: observation.scope,
    observation,
    deleted,
    changed: tooMuchChanged ? changes : 0,
    owned,
    shown,
    effects: effects.filter(({ count }) => count > 0),
    hash: digest.digest('hex'),
  };
}

interface Effect {
  readonly id: string;
  /** What the hash covers. */
  readonly text: string;
}

const idOf = (parts: readonly unknown[]): string => parts.map(String).join('/');

const deletions = ({ judged }: Part): Effect[] =>
  judged.confirmed.map(({ key }) => ({ id: idOf(key.parts), text: canonicalJson(key.parts) }));

const changesOf = ({ compared: { changed, plan } }: Part): Effect[] =>
  changed
    .filter(({ weighs }) => weighs)
    .map((change) => {
      const { parts } = recordKey(plan.codec, change.stored);
      return { id: idOf(parts), text: canonicalJson([parts, written(plan, change)]) };
    });

/** Columns that differ, with what would stand in them, in the engine's own form. */
function written({ fields, keyWidth, metricStart }: ObservedTable, { cells, stored }: Change): unknown[] {
  const found: unknown[] = [];
  for (let index = keyWidth; index < metricStart; index++) {
    if (same(cells[index], stored[index])) continue;
    const value = cells[index];
    const plain = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
    found.push([fields[index]!.property, typeof plain === 'bigint' ? String(plain) : plain]);
  }
  return found;
}

function effectOf(
  digest: ReturnType<typeof createHash>,
  { codec }: ObservedTable,
  change: HeldEffect['change'],
  effects: readonly Effect[],
): HeldEffect {
  const table = codec.table.name;
  const ordered = effects.toSorted((a, b) => (a.text < b.text ? -1 : 1));
  digest.update(`\0${table}\0${change}\0${ordered.length}`);
  for (const { text } of ordered) digest.update(`\0${text}`);
  return {
    table,
    change,
    count: ordered.length,
    ids: ordered.slice(0, mostListed).map(({ id }) => id),
  };
}

/** Why the scope is not complete, in words. */
export function heldError({ deleted, owned, changed, shown }: HeldScope): HoldfastError {
  const parts = [
    ...(deleted > 0 ? [`${deleted} of ${owned} records would be marked absent`] : []),
    ...(changed > 0 ? [`${changed} of ${shown} records would change`] : []),
  ];
  return new HoldfastError('SWEEP_HELD', `${parts.join(' and ')}: too much to be written unasked`);
}
