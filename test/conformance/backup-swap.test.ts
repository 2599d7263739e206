// Scratch databases, and the swap that puts one in the place of the living one: before or after, wherever it is killed.

import { describe, expect, onTestFinished, test } from 'vitest';
import type { Engine } from '../../packages/core/src/engine/engine.ts';
import { openEngine } from '../../packages/core/src/engine/open-engine.ts';
import { engines, type TestEngine } from '../engines.ts';
import { contentOf, fill, rows, specs } from './fixtures/swap-tables.ts';
import { start } from './processes.ts';

const opened = async (url: string): Promise<Engine> => {
  const target = await openEngine(url, { adopt: true });
  onTestFinished(() => target.close());
  return target;
};
/** A database as it was before, closed. */
const place = async (engine: TestEngine): Promise<string> => {
  const url = await engine.url();
  const target = await opened(url);
  await fill(target, 'before');
  await target.close();
  return url;
};
/** Everything beside the database that a scratch or a swap has made. */
const beside = async (engine: TestEngine, url: string): Promise<string[]> => {
  if (engine.name === 'sqlite') {
    const { readdirSync } = await import('node:fs');
    const { dirname } = await import('node:path');
    const path = url.replace(/^sqlite:/, '').replace(/\?.*$/, '');
    return readdirSync(dirname(path)).filter((name) => /scratch|before|swap/.test(name));
  }
  const sql =
    engine.name === 'postgres'
      ? `SELECT nspname FROM pg_namespace WHERE nspname ~ ('^(holdfast_scratch|' || current_schema() || '_before_restore)')`
      : `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE concat('holdfast\\_', left(sha2(database(), 256), 12), '%')`;
  return (await engine.query(url, sql)).map(([name]) => String(name));
};
const forget = (engine: TestEngine, url: string): void =>
  onTestFinished(async () => {
    if (engine.name === 'sqlite') return;
    const kind = engine.name === 'postgres' ? 'SCHEMA' : 'DATABASE';
    for (const name of await beside(engine, url))
      await engine.exec(url, `DROP ${kind} IF EXISTS ${name}${kind === 'SCHEMA' ? ' CASCADE' : ''}`);
  });

describe.each(engines)('$name', (engine) => {
  test('a scratch database is empty, its own, and goes', async () => {
    const url = await place(engine);
    const target = await opened(url);
    const [one, other] = [await target.scratch('drill'), await target.scratch('drill')];
    expect(one.name).not.toBe(other.name);
    expect(await one.engine.introspect()).toEqual([]);
    await fill(one.engine, 'after');
    expect(await contentOf(one.engine)).toEqual(rows('after'));
    expect(await one.engine.captureFaults(specs)).toEqual([]);
    expect(await one.engine.check()).toEqual([]);
    expect(await other.engine.introspect()).toEqual([]);
    expect(await contentOf(target)).toEqual(rows('before'));
    expect(await beside(engine, url)).not.toEqual([]);
    await one.remove();
    await other.remove();
    expect(await beside(engine, url)).toEqual([]);
  });

  test('a swap takes the place of the living tables, and can be taken back', async () => {
    const url = await place(engine);
    forget(engine, url);
    for (const capture of [true, false]) {
      const target = await opened(url);
      const scratch = await target.scratch('restore');
      await fill(scratch.engine, 'after', capture);
      await scratch.engine.close();
      const { kept } = await target.swap(scratch.name, specs);
      await scratch.remove();
      const after = await opened(url);
      expect(after.recovered).toBeUndefined();
      expect(await contentOf(after)).toEqual(rows('after'));
      if (capture || engine.name !== 'sqlite') expect(await after.captureFaults(specs)).toEqual([]);
      expect(await after.check()).toEqual([]);
      if (capture) {
        await after.autocommit((session) => session.exec("UPDATE rooms SET name = 'newer' WHERE id = 2"));
        expect((await contentOf(after))['rooms_history']).toHaveLength(2);
      }
      await after.swap(kept, specs);
      const back = await opened(url);
      expect(await contentOf(back)).toEqual(rows('before'));
      expect(await back.captureFaults(specs)).toEqual([]);
      await back.close();
    }
    expect((await beside(engine, url)).filter((name) => /scratch|swap/.test(name))).toEqual([]);
  });

  test('a scratch that lacks a table, or is damaged, takes nobody’s place', async () => {
    const url = await place(engine);
    forget(engine, url);
    const target = await opened(url);
    const scratch = await target.scratch('restore');
    const load = await scratch.engine.load(specs.slice(0, 1), { lossy: 'refuse' });
    await load.finish();
    if (engine.name === 'sqlite') {
      await engine.exec(
        `sqlite:${scratch.name}`,
        'CREATE TABLE doors (id INTEGER PRIMARY KEY, room_id INTEGER REFERENCES rooms (id))',
      );
      await engine.exec(
        `sqlite:${scratch.name}`,
        'PRAGMA foreign_keys=OFF; INSERT INTO doors VALUES (1, 99)',
      );
    }
    await scratch.engine.close();
    await expect(target.swap(scratch.name, specs)).rejects.toMatchObject({
      code: engine.name === 'sqlite' ? 'REFERENCE_MISSING' : 'SCHEMA_DRIFTED',
    });
    await scratch.remove();
    expect(await contentOf(target)).toEqual(rows('before'));
    expect(await target.captureFaults(specs)).toEqual([]);
    expect(await beside(engine, url)).toEqual([]);
  });

  test('what a killed process has left is removed by name; what is used stays', async () => {
    const url = await place(engine);
    forget(engine, url);
    const target = await opened(url);
    const alive = await target.scratch('alive');
    expect(await start('swap', url, 'filled').ended).toMatchObject({ signal: 'SIGKILL' });
    const names = async () =>
      (await beside(engine, url)).filter((name) => !/-(wal|shm)$/.test(name)).toSorted();
    const left = (await names()).filter((name) => !alive.name.includes(name));
    expect(left).toHaveLength(1);
    const removed = await target.removeLeftovers();
    expect(removed.map((name) => name.split('/').at(-1))).toEqual(left);
    expect(await names()).toEqual([expect.stringContaining(alive.name.split('/').at(-1)!)]);
    expect(await target.removeLeftovers()).toEqual([]);
    await fill(alive.engine, 'after');
    await alive.remove();
    expect(await names()).toEqual([]);
  });

  test('killed at any step, it is as before or as after, and the next one finds nothing in its way', {
    timeout: 240_000,
  }, async () => {
    const whole = start('swap', await place(engine), 'none');
    const { steps } = (await whole.message()) as { steps: string[] };
    expect(await whole.ended).toEqual({ exit: 0, signal: null, errors: '' });
    expect(steps.length).toBeGreaterThan(5);
    const found = new Set<string>();
    for (const step of steps) {
      const url = await place(engine);
      forget(engine, url);
      expect(await start('swap', url, step).ended).toEqual({ exit: null, signal: 'SIGKILL', errors: '' });
      const target = await opened(url);
      const content = await contentOf(target);
      const state = content['rooms']![0]![1] === 'new' ? 'after' : 'before';
      expect(content, step).toEqual(rows(state));
      expect(await target.captureFaults(specs), step).toEqual([]);
      expect(await target.check(), step).toEqual([]);
      found.add(state);
      found.add(target.recovered === undefined ? 'nothing told' : 'told');
      const scratch = await target.scratch('next');
      const left = (await beside(engine, url)).filter((name) => /scratch|swap/.test(name));
      expect(
        left.filter((name) => !scratch.name.includes(name) && !/-(wal|shm)$/.test(name)),
        step,
      ).toEqual([]);
      expect((await beside(engine, url)).filter((name) => name.includes('before'))).toHaveLength(
        state === 'after' ? 1 : 0,
      );
      await fill(scratch.engine, 'after');
      await scratch.engine.close();
      await target.swap(scratch.name, specs);
      await scratch.remove();
      expect(await contentOf(await opened(url)), step).toEqual(rows('after'));
    }
    expect([...found]).toContain('before');
    expect([...found]).toContain('after');
    if (engine.name !== 'postgres') expect([...found]).toContain('told');
  });
});
