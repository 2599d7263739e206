// Who else has the database open while it is replaced: nobody goes on in the old file without being told.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { thisProcess } from '../../job/owner.ts';
import type { Engine } from '../engine.ts';
import { connectSqlite } from './connect.ts';
import { bare, makeDatabase, refusal, things } from './test-store.ts';

const specs = [things.spec];

const opened = async (path: string): Promise<Engine> => {
  const engine = await connectSqlite(`sqlite:${path}?busy_timeout=50ms`);
  onTestFinished(() => engine.close());
  return engine;
};
const filled = async (engine: Engine): Promise<string> => {
  const scratch = await engine.scratch('restore');
  const load = await scratch.engine.load(specs, { lossy: 'refuse' });
  await load.rows(things.spec, [
    things.spec.columns.map(({ name, kind }) => (name === 'id' ? 9 : kind === 'text' ? 'new' : null)),
  ]);
  await load.finish();
  await scratch.engine.close();
  return scratch.name;
};
const ids = async (engine: Engine): Promise<unknown[]> =>
  (await engine.read((session) => session.all({ sql: 'SELECT id FROM things' }, []))).flat();
const others = (path: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name !== basename(path) && !/-(wal|shm)$/.test(name));

test('an open connection of somebody else refuses the swap, and nothing has changed', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const scratch = await filled(engine);
  const somebody = bare(path);
  somebody.exec("INSERT INTO things (id, name) VALUES (2, 'theirs')");
  const { code, hint } = await refusal(engine.swap(scratch, specs));
  expect([code, hint]).toEqual(['DATABASE_BUSY', 'Stop every process that uses the database, then repeat']);
  expect(await ids(engine)).toEqual([1, 2]);
  somebody.exec("INSERT INTO things (id, name) VALUES (3, 'theirs')");
  await engine.autocommit((session) => session.exec("INSERT INTO things (id, name) VALUES (4, 'ours')"));
  expect(await ids(engine)).toEqual([1, 2, 3, 4]);
  expect(others(path)).toEqual([basename(scratch)]);

  somebody.close();
  const { kept } = await engine.swap(scratch, specs);
  expect(await ids(await opened(path))).toEqual([9]);
  expect(others(path)).toEqual([basename(kept)]);
  expect((await refusal(engine.autocommit((session) => session.exec('DELETE FROM things')))).code).toBe(
    'DATABASE_CLOSED',
  );
});

test('a connection that had not been used yet writes to nothing', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const scratch = await filled(engine);
  const idle = bare(path);
  const { kept } = await engine.swap(scratch, specs);
  expect(() => idle.exec("INSERT INTO things (id, name) VALUES (5, 'lost')")).toThrow(/readonly|moved/i);
  idle.close();
  for (const [file, expected] of [
    [path, 9],
    [kept, 1],
  ] as const) {
    const db = new DatabaseSync(file);
    expect(db.prepare('SELECT id FROM things').all()).toEqual([{ id: expected }]);
    db.close();
  }
});

test('who opens while a swap is under way waits, or is refused, and never takes it back', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const scratch = await filled(engine);
  const refused: string[] = [];
  const { kept } = await engine.swap(scratch, specs, {
    async onStep(step) {
      if (['verify', 'lock'].includes(step)) return;
      refused.push((await refusal(connectSqlite(`sqlite:${path}?busy_timeout=10ms`))).code);
    },
  });
  expect(new Set(refused)).toEqual(new Set(['DATABASE_BUSY']));
  expect(refused.length).toBe(4);
  const after = await opened(path);
  expect(after.recovered).toBeUndefined();
  expect(await ids(after)).toEqual([9]);
  expect(existsSync(kept)).toBe(true);
});

test('a long reading refuses it too', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const scratch = await filled(engine);
  const snapshot = await engine.snapshot(specs);
  expect((await refusal(engine.swap(scratch, specs))).code).toBe('DATABASE_BUSY');
  await snapshot.close();
  await engine.swap(scratch, specs);
});

test('a damaged scratch file takes no place', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const scratch = await filled(engine);
  const bytes = readFileSync(scratch);
  bytes.fill(0xa5, 4_096, 8_192);
  writeFileSync(scratch, bytes);
  expect((await refusal(engine.swap(scratch, specs))).code).toBe('DATABASE_CORRUPT');
  expect(await ids(engine)).toEqual([1]);
});

test('scratch files of the dead are removed, those of the living and of strangers are not', async () => {
  const path = await makeDatabase();
  const engine = await opened(path);
  const [host, , namespace, begin] = thisProcess().split('/');
  const named = (...owner: unknown[]): string => `${path}.scratch-drill~${owner.join('~')}~abc`;
  const dead = named(host, 4_194_303, namespace, begin);
  const living = named(...thisProcess().split('/'));
  const stranger = named('elsewhere', 4_194_303, namespace, begin);
  for (const file of [dead, `${dead}-wal`, living, stranger]) writeFileSync(file, 'x');
  const scratch = await engine.scratch('drill');
  expect(others(path).toSorted()).toEqual(
    [living, stranger, scratch.name].map((file) => basename(file)).toSorted(),
  );
  await scratch.remove();
  expect(existsSync(`${dead}-wal`)).toBe(false);
  expect(others(path).toSorted()).toEqual([living, stranger].map((file) => basename(file)).toSorted());
});
