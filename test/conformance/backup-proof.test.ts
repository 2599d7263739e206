// The proof of a restore: what an engine has stored, read again as it has it, against the rows that were meant.

import { setTimeout } from 'node:timers/promises';
import { int, table, text } from '@holdfast/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { partsOf } from '../../packages/core/src/archive/backup/content.ts';
import { Pace } from '../../packages/core/src/archive/backup/pace.ts';
import type { SchemaDocument } from '../../packages/core/src/archive/backup/schema-document.ts';
import { TableDigest } from '../../packages/core/src/archive/digest/table-digest.ts';
import { loadArchive } from '../../packages/core/src/archive/restore/load-archive.ts';
import type { DigestOfTable } from '../../packages/core/src/archive/restore/overall-digest.ts';
import {
  digestAgain,
  digestTables,
  type Proof,
} from '../../packages/core/src/archive/restore/prove-tables.ts';

import { markRestoring } from '../../packages/core/src/archive/restore/target-tables.ts';
import type { Engine } from '../../packages/core/src/engine/engine.ts';
import { openEngine } from '../../packages/core/src/engine/open-engine.ts';
import { openLoaded } from '../../packages/core/src/engine/open-loaded.ts';
import type { StoredRow } from '../../packages/core/src/schema/codec.ts';
import { secretBox } from '../../packages/core/src/system/secret-key.ts';
import { engines } from '../engines.ts';
import { exactRows, kinds } from './backup-tables.ts';

const parts = partsOf(kinds.spec);
const reading = {
  secrets: secretBox(() => {
    throw new Error('there are no secrets');
  }),
  pace: { add: () => {} },
};

/** Texts that are no UTF-8, alone and where a half would complete its neighbour's, where the engine has such. */
const broken = ({ keeps }: Engine): StoredRow[] =>
  keeps.brokenText
    ? [Buffer.of(0xff, 65), Buffer.of(0xc3), Buffer.of(0xa9)].map((value, at) =>
        kinds.spec.columns.map(({ name }) => (name === 'id' ? 900 + at : name === 'text' ? value : null)),
      )
    : [];

const digestOf = (rows: readonly StoredRow[]): DigestOfTable[] => {
  const digest = new TableDigest(kinds.spec.columns);
  digest.add(rows);
  return [{ table: kinds.spec.name, rows: digest.rows, digest: digest.digest }];
};

/** Kept in the order of its key: on SQLite, without the numbers of rows that the others have. */
const words = table(
  'words_latest',
  { word: text(40), place: int(), body: text() },
  { key: ['word', 'place'], indexes: [{ columns: ['place', 'word'] }] },
);
/** What makes the schema itself larger than a page. */
const many = Array.from({ length: 40 }, (_, at) =>
  table(
    `many_${at}`,
    { id: int(), name: text(40), at: int() },
    { key: ['id'], indexes: [{ columns: ['name', 'at'] }] },
  ),
);

describe.each(engines)('$name', ({ url: newUrl }) => {
  test('is equal while and after it is loaded, and no longer when one value is another', async () => {
    const url = await newUrl();
    const engine = await openEngine(url, {});
    onTestFinished(() => engine.close());
    const rows = (): StoredRow[] => [...exactRows(), ...broken(engine)];
    const meant = digestOf(rows());
    // What is loaded is found by who looks for Holdfast's tables.
    await markRestoring(engine, 'proof');
    const load = await engine.load([kinds.spec], { lossy: 'refuse' });
    onTestFinished(() => load.abort());
    await load.rows(kinds.spec, rows());
    if (await load.publish()) {
      const loaded = await openLoaded(url, new AbortController().signal);
      expect(await digestTables(loaded, parts, reading)).toEqual(meant);
      await loaded.close();
    }
    await load.finish();
    const again = (): Promise<DigestOfTable[]> => digestAgain(engine, [kinds.spec], parts, reading);
    expect(await again()).toEqual(meant);
    const change = (to: string) =>
      engine.autocommit((session) => session.run({ sql: `UPDATE kinds SET short = ${to} WHERE id = 1` }, []));
    await change(`'another'`);
    expect(await again()).toEqual([{ ...meant[0], digest: expect.not.stringMatching(meant[0]!.digest) }]);
  });

  test('what was opened before indexes are made is read while and after they are', async () => {
    const url = await newUrl();
    const engine = await openEngine(url, {});
    onTestFinished(() => engine.close());
    await markRestoring(engine, 'proof');
    const load = await engine.load([kinds.spec, words.spec, ...many.map(({ spec }) => spec)], {
      lossy: 'refuse',
    });
    onTestFinished(() => load.abort());
    await load.rows(kinds.spec, exactRows());
    // More than a reader keeps in memory.
    for (let place = 0; place < 3_000; place++)
      await load.rows(words.spec, [['word', place, `${place} `.repeat(200)]]);
    if (!(await load.publish())) return;
    const loaded = await openLoaded(url, new AbortController().signal);
    const both = [...partsOf(kinds.spec), ...partsOf(words.spec)];
    const before = digestTables(loaded, both, reading);
    await load.finish();
    const found = await before;
    expect(found).toEqual([
      digestOf(exactRows())[0],
      { table: 'words_latest', rows: 3_000, digest: expect.any(String) },
    ]);
    expect(await digestTables(loaded, both, reading)).toEqual(found);
    await loaded.close();
    expect(await digestAgain(engine, [kinds.spec, words.spec], both, reading)).toEqual(found);
  });

  test('nothing more is made of the tables before what reads them again is open', async () => {
    const engine = await openEngine(await newUrl(), {});
    onTestFinished(() => engine.close());
    await markRestoring(engine, 'proof');
    const events: string[] = [];
    const told = {
      load: async (...asked: Parameters<Engine['load']>) => {
        const load = await engine.load(...asked);
        const finish: typeof load.finish = (serials) => {
          events.push('finish');
          return load.finish(serials);
        };
        return { ...load, finish };
      },
    } as Engine;
    const prove = (): Proof => {
      events.push('prove');
      const opened = setTimeout(20).then(() => void events.push('opened'));
      return { opened, digests: opened.then(() => []) };
    };
    const schema: SchemaDocument = {
      format: 1,
      tables: [kinds.spec],
      migrations: [],
      content: [],
      secrets: 'omitted',
    };
    const pace = new Pace('loading', 0, undefined);
    await loadArchive(told, [], [], {
      ...{ ...reading, schema, pace, prove },
      ...{ lossy: 'refuse', dryRun: false, onLoss: () => {} },
    });
    expect(events).toEqual(['prove', 'opened', 'finish']);
  });
});
