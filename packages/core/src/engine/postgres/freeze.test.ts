// Writers are kept out only once nobody else is in the way: a vacuum, say, which lets go after a second.

import { expect, test } from 'vitest';
import { admin, open, schemaOf, scratchUrl, things, withoutServer } from './test-store.ts';

test.skipIf(withoutServer)('who waits for a vacuum has no writer wait', async () => {
  const url = scratchUrl();
  const store = await open(url);
  const freeze = await store.engine.freeze([things.spec], 'elsewhere');
  const mode = 'ShareUpdateExclusiveLock';
  const vacuum = admin(
    'BEGIN; LOCK TABLE things IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT',
    url,
  );
  const locks = `SELECT count(*) FROM pg_locks WHERE relation = '${schemaOf(url)}.things'::regclass AND mode = '${mode}'`;
  const asked = async (count: number) =>
    expect.poll(async () => Number((await admin(locks))[0]![0])).toBe(count);
  await asked(1);
  let isHeld = false;
  const holding = freeze.hold().then((held) => {
    isHeld = true;
    return held;
  });
  await asked(2);
  await store.repository(things).insert({ id: 1, name: 'written meanwhile' });
  const written = performance.now();
  expect(isHeld).toBe(false);
  await vacuum;
  const held = await holding;
  expect(held.since).toBeGreaterThan(written);
  await held.release();
  await freeze.discard();
});
