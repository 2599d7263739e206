// Proof of a restore: every table is read again from where it was restored to, and compared with what the archive says.

import { setImmediate as turn } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { giveBack } from '../../engine/give-back.ts';
import type { Loaded } from '../../engine/open-loaded.ts';
import { type RawRows, readerOf } from '../../engine/raw-rows.ts';
import { HoldfastError } from '../../errors.ts';
import type { SecretBox } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { Part } from '../backup/content.ts';
import type { Pace } from '../backup/pace.ts';
import { openSecrets } from '../backup/secrets.ts';
import { exceptMalformed } from '../columns/malformed.ts';
import { sumOf } from '../digest/batch-digest.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { LoadedArchive } from './load-archive.ts';
import type { DigestOfTable } from './overall-digest.ts';

export interface Proof {
  /** It has open what it reads: from here on, whatever else is made of the tables is nothing to it. */
  readonly opened: Promise<void>;
  /** Of what is there now. */
  readonly digests: Promise<readonly DigestOfTable[]>;
}

/** Reads tables again, wherever it does. */
export type Prover = (parts: readonly Part[], pace: Pace) => Proof;

interface Reading {
  readonly secrets: SecretBox;
  readonly pace: Pick<Pace, 'add'>;
}

/** Through the engine that they were loaded with. */
export async function digestAgain(
  engine: Engine,
  tables: readonly TableSpec[],
  parts: readonly Part[],
  { signal, ...reading }: Reading & { readonly signal?: AbortSignal | undefined },
): Promise<DigestOfTable[]> {
  const snapshot = await engine.snapshot(tables, { raw: true, signal });
  try {
    return await digestTables(snapshot, parts, reading);
  } finally {
    await snapshot.close();
  }
}

export async function digestTables(
  snapshot: Loaded,
  parts: readonly Part[],
  { secrets, pace }: Reading,
): Promise<DigestOfTable[]> {
  const found: DigestOfTable[] = [];
  // Most tables are empty, as a rule: one statement tells which.
  const some = await snapshot.counts?.(parts.map(({ spec }) => ({ spec, most: 1 })));
  for (const [index, { spec, of, columns }] of parts.entries()) {
    const digest = new TableDigest(columns);
    if (some?.[index] === 0) {
      found.push({ table: spec.name, rows: 0, digest: digest.digest });
      continue;
    }
    const options = { columns: columns.map(({ name }) => name) };
    // Secrets have to be opened, which is done value by value.
    const raw = columns.some(({ secret }) => secret) ? undefined : await snapshot.rawRows(spec, options);
    if (raw !== undefined)
      for await (const rows of raw) {
        const before = digest.rows;
        await addRaw(digest, columns, rows);
        pace.add(spec.name, digest.rows - before);
        // Whoever cancels is heard.
        await turn();
      }
    else {
      const open = openSecrets(of, columns, secrets);
      for await (const rows of snapshot.rows(spec, options)) {
        open(rows);
        digest.add(rows);
        pace.add(spec.name, rows.length);
      }
    }
    found.push({ table: spec.name, rows: digest.rows, digest: digest.digest });
  }
  return found;
}

/** Rows that are in memory at once, at most, and their bytes, about. */
const batchLimit = { rows: 8_000, bytes: 1024 * 1024 } as const;

async function addRaw(
  digest: TableDigest,
  columns: Part['columns'],
  { module, given, transfer, wellFormed }: RawRows,
): Promise<void> {
  const readBatch = await readerOf(module.href);
  for (let rest: RawRows['given'] | undefined = given; rest !== undefined; ) {
    const read = readBatch(columns, rest, batchLimit);
    const { batch } = read;
    if (wellFormed !== true) for (const column of batch.columns) exceptMalformed(column, batch.rows);
    digest.addSum(sumOf(batch), batch.rows);
    rest = read.rest;
  }
  for (const buffer of transfer) giveBack(buffer);
}

/**
 * Tables in which a value could not be kept as it was are compared by their number of rows alone.
 * @throws PROOF_FAILED naming the first table that differs
 */
export function compareTables(found: readonly DigestOfTable[], { report, expected }: LoadedArchive): void {
  const lossy = new Set(report.tables.filter((each) => each.lossy > 0).map(({ table }) => table));
  for (const { table, rows, digest } of found) {
    const wanted = expected.get(table)!;
    const same = lossy.has(table) || wanted.digest === undefined || digest === wanted.digest;
    if (rows !== wanted.rows || !same)
      throw new HoldfastError(
        'PROOF_FAILED',
        `${table} is not as the archive has it: ${rows} of ${wanted.rows} rows, digest ${digest}`,
        { details: { table, rows, expected: wanted.rows } },
      );
  }
}
