// The proof of a restore: what an engine has stored, read again as it has it, against the rows that were meant.

import { describe, expect, onTestFinished, test } from 'vitest';
import { partsOf } from '../../packages/core/src/archive/backup/content.ts';
import { TableDigest } from '../../packages/core/src/archive/digest/table-digest.ts';
import type { DigestOfTable } from '../../packages/core/src/archive/restore/overall-digest.ts';
import { digestAgain, digestTables } from '../../packages/core/src/archive/restore/prove-tables.ts';
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
});
