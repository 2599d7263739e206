// Capture where PostgreSQL has ways of its own past triggers, or ways of its own to be written to.

import type { Kysely } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { journal } from '../../system/tables.ts';
import { admin, open, refusal, schemaOf, scratchUrl, withoutServer } from './test-store.ts';

const houses = table('houses', { id: int(), name: text(20) }, { key: ['id'], history: 'versions' });
const rooms = table(
  'rooms',
  { floor: int(), door: text(8), houseId: int().nullable().references(houses, 'id', 'cascade') },
  { key: ['floor', 'door'], history: 'keys' },
);
const tables = [houses, rooms];
const ops = ['', 'insert', 'update', 'delete'];

async function opened() {
  const url = scratchUrl();
  const store = await open(url, { tables });
  const logged = async (columns = 'id, name', of = 'houses'): Promise<string[]> => {
    const rows = await admin(
      `SELECT journal_op, j.txn IS NOT NULL, ${columns} FROM ${of}_history LEFT JOIN holdfast_journal AS j
        ON j.txn = journal_txn ORDER BY journal_seq`,
      url,
    );
    return rows.map(([op, credited, ...rest]) =>
      [ops[Number(op)], credited ? 'ours' : 'theirs', ...rest].join(' '),
    );
  };
  return { url, store, logged, credits: () => store.repository(journal).count() };
}

const exec = (store: Store, sql: string): Promise<void> =>
  store.engine.autocommit((session) => session.exec(sql));

describe.skipIf(withoutServer)('what is written past the store', () => {
  test('TRUNCATE is a deletion of every record, also of those it cascades to', async () => {
    const { url, store, logged } = await opened();
    await store.repository(houses).insertMany([1, 2].map((id) => ({ id, name: `h${id}` })));
    await store.repository(rooms).insert({ floor: 0, door: 'a', houseId: 1 });
    await admin('TRUNCATE houses CASCADE', url);
    expect((await logged()).slice(2)).toEqual(['delete theirs 1 h1', 'delete theirs 2 h2']);
    expect((await logged('floor, door', 'rooms')).slice(1)).toEqual(['delete theirs 0 a']);
  });

  test('replication, restores and imports that run without other triggers', async () => {
    const { url, logged } = await opened();
    await admin(
      `SET session_replication_role = replica; INSERT INTO houses VALUES (1, 'a'); UPDATE houses SET name = 'b';
        DELETE FROM houses; TRUNCATE houses CASCADE`,
      url,
    );
    expect(await logged()).toEqual(['insert theirs 1 ', 'update theirs 1 a', 'delete theirs 1 b']);
  });

  test('keys that move: what is new, what is gone, and what is only another record now', async () => {
    const { url, logged } = await opened();
    await admin(
      `INSERT INTO houses VALUES (1, 'a'), (2, 'b'); ALTER TABLE houses DROP CONSTRAINT houses_pkey CASCADE;
        UPDATE houses SET id = id + 1; INSERT INTO rooms VALUES (1, 'a'); UPDATE rooms SET floor = 2`,
      url,
    );
    const moved = (await logged()).slice(2).toSorted();
    expect(moved).toEqual(['delete theirs 1 a', 'insert theirs 3 ', 'update theirs 2 b']);
    expect((await logged('floor, door', 'rooms')).slice(1).toSorted()).toEqual([
      'delete theirs 1 a',
      'insert theirs 2 a',
    ]);
  });

  test('an update of many rows after one of a single row is not compared row by row', async () => {
    const { url, logged } = await opened();
    await admin(
      `INSERT INTO houses VALUES (0, ''); UPDATE houses SET name = 'x';
        INSERT INTO houses SELECT g, '' FROM generate_series(1, 30000) AS g; UPDATE houses SET name = 'y'`,
      url,
    );
    expect((await logged()).filter((change) => change.startsWith('update'))).toHaveLength(30_002);
  });

  test('INSERT … ON CONFLICT is what it turned out to be', async () => {
    const { url, logged } = await opened();
    await admin(
      `INSERT INTO houses VALUES (1, 'a');
        INSERT INTO houses VALUES (1, 'b'), (2, 'c') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
        INSERT INTO houses VALUES (1, 'd') ON CONFLICT DO NOTHING`,
      url,
    );
    expect((await logged()).toSorted()).toEqual([
      'insert theirs 1 ',
      'insert theirs 2 ',
      'update theirs 1 a',
    ]);
  });

  test('a role that has rights on the table alone, from a schema of its own that shadows everything', async () => {
    const { url, store, logged } = await opened();
    const [role, schema] = [`holdfast_writer_${process.pid}`, schemaOf(url)];
    await admin(`CREATE ROLE ${role} LOGIN; CREATE SCHEMA ${role} AUTHORIZATION ${role};
      GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ${schema}.houses TO ${role}`);
    onTestFinished(async () => void (await admin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)));
    const theirs = new URL(url);
    theirs.username = role;
    theirs.searchParams.delete('schema');
    const shadows = `CREATE TABLE ${role}.houses_history (a int);
      CREATE TEMPORARY TABLE houses_history (a int);
      CREATE FUNCTION ${role}.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE ''mine''; END';
      CREATE FUNCTION ${role}.never(text, text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE ''mine''; END';
      CREATE OPERATOR ${role}.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = ${role}.never);
      CREATE FUNCTION ${role}.no(bigint, bigint) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE ''mine''; END';
      CREATE OPERATOR ${role}.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = ${role}.no, MERGES, HASHES);
      SET search_path = pg_temp, ${role}, pg_catalog`;
    const writes = `INSERT INTO ${schema}.houses VALUES (1, 'a'); UPDATE ${schema}.houses SET name = 'b';
      DELETE FROM ${schema}.houses; INSERT INTO ${schema}.houses VALUES (2, 'c')`;
    await admin(`${shadows}; ${writes}`, theirs.href);
    expect(await logged()).toEqual([
      'insert theirs 1 ',
      'update theirs 1 a',
      'delete theirs 1 b',
      'insert theirs 2 ',
    ]);
    await expect(admin(`SELECT * FROM ${schema}.houses_history`, theirs.href)).rejects.toThrow(/permission/);
    // Nobody else can have his own table write to the history.
    const forged = `CREATE TABLE ${role}.forged (id bigint);
      CREATE TRIGGER forge AFTER INSERT ON ${role}.forged REFERENCING NEW TABLE AS journal_new
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.houses_history_insert()`;
    await expect(admin(forged, theirs.href)).rejects.toThrow(/permission/);
    expect(await store.repository(houses).count()).toBe(1);
  });
});

describe.skipIf(withoutServer)('what goes through the store is credited', () => {
  test('whatever way it takes', async () => {
    const { store, logged, credits } = await opened();
    const kysely = store.kysely as unknown as Kysely<{ houses: { id: number; name: string } }>;
    const repository = store.repository(houses);
    await repository.insert({ id: 1, name: 'one' });
    await repository.insertMany([2, 3].map((id) => ({ id, name: 'few' })));
    await repository.insertMany(Array.from({ length: 600 }, (_, id) => ({ id: id + 100, name: 'copied' })));
    await repository.upsertMany(Array.from({ length: 600 }, (_, id) => ({ id: id + 100, name: 'merged' })));
    await repository.upsertMany(
      Array.from({ length: 600 }, (_, id) => ({ id: 100 + (id % 500), name: 'twice' })),
    );
    await exec(store, `UPDATE houses SET name = 'it''s' WHERE id = 1 -- by a script`);
    await exec(store, 'DELETE FROM houses WHERE id = 3; DELETE FROM houses WHERE id = 2;');
    await store.engine.autocommit((session) =>
      session.get({ sql: 'WITH d AS (DELETE FROM houses WHERE id = 1 RETURNING id) SELECT id FROM d' }, []),
    );
    await kysely.deleteFrom('houses').where('id', '=', 100).returning('name').execute();
    await kysely.transaction().execute(async (trx) => {
      await trx.deleteFrom('houses').where('id', '=', 101).execute();
    });
    const changes = await logged();
    expect(changes).toHaveLength(3 + 600 + 600 + 500 + 1 + 2 + 1 + 1 + 1);
    expect(changes.filter((change) => !change.includes(' ours '))).toEqual([]);
    expect(await credits()).toBe(10);
  });

  test('also after a return to a savepoint', async () => {
    const { store, logged, credits } = await opened();
    await store.transaction(async (transaction) => {
      const { session } = transaction;
      const repository = transaction.repository(houses);
      await session.run({ sql: 'SAVEPOINT a' }, []);
      await repository.insert({ id: 1, name: 'undone' });
      await session.run({ sql: 'rollback to savepoint a' }, []);
      await repository.insert({ id: 2, name: 'two' });
      await session.run({ sql: 'SAVEPOINT b' }, []);
      await repository.insert({ id: 3, name: 'undone' });
      await session.exec('ROLLBACK TO b');
      await expect(repository.insert({ id: 2, name: 'again' })).rejects.toMatchObject({ code: 'CONFLICT' });
      await session.exec(`INSERT INTO houses VALUES (4, 'four')`);
    });
    expect(await logged()).toEqual(['insert ours 2 ', 'insert ours 4 ']);
    expect(await credits()).toBe(1);
  });

  test('nothing where nothing was changed', async () => {
    const { store, logged, credits } = await opened();
    expect(await store.repository(houses).updateMany({ id: 9 }, { name: 'x' })).toBe(0);
    expect(await logged()).toEqual([]);
    expect(await credits()).toBe(0);
  });

  test('statements of the server that take no company run by themselves', async () => {
    const { store } = await opened();
    await exec(store, 'VACUUM houses');
    await store.engine.autocommit((session) => session.run({ sql: 'VACUUM houses' }, []));
    await exec(store, 'REINDEX TABLE houses');
  });

  test('a commit that cannot be credited is none, and the connection goes on', async () => {
    const { url, store } = await opened();
    await admin('ALTER TABLE holdfast_journal RENAME TO elsewhere', url);
    const failing = store.transaction(({ repository }) => repository(houses).insert({ id: 1, name: 'x' }));
    expect((await refusal(failing)).code).toBe('SCHEMA_DRIFTED');
    expect((await refusal(store.repository(houses).insert({ id: 1, name: 'x' }))).code).toBe(
      'SCHEMA_DRIFTED',
    );
    await admin('ALTER TABLE elsewhere RENAME TO holdfast_journal', url);
    await store.repository(houses).insert({ id: 1, name: 'x' });
    expect(await store.repository(houses).count()).toBe(1);
  });

  test('a commit that fails for a reference leaves nothing, and no credit', async () => {
    const { url, store, logged, credits } = await opened();
    await admin('ALTER TABLE rooms ALTER CONSTRAINT rooms_house_id_fkey DEFERRABLE INITIALLY DEFERRED', url);
    const failing = store.transaction(({ repository }) =>
      repository(rooms).insert({ floor: 1, door: 'a', houseId: 99 }),
    );
    expect((await refusal(failing)).code).toBe('REFERENCE_MISSING');
    expect(await logged('floor', 'rooms')).toEqual([]);
    expect(await credits()).toBe(0);
    await store.repository(houses).insert({ id: 1, name: 'x' });
  });
});

describe.skipIf(withoutServer)('what is wrong with capture', () => {
  const specs = tables.map(({ spec }) => spec);

  test.for<[string, string]>([
    ['TRIGGER_MISSING', 'DROP TRIGGER houses_history_clear ON houses'],
    ['TRIGGER_DISABLED', 'ALTER TABLE houses DISABLE TRIGGER houses_history_update'],
    ['TRIGGER_DISABLED', 'ALTER TABLE houses ENABLE TRIGGER houses_history_update'],
    [
      'TRIGGER_DIFFERS',
      `CREATE OR REPLACE FUNCTION houses_history_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        AS 'BEGIN RETURN NULL; END'`,
    ],
    ['TRIGGER_DIFFERS', 'ALTER FUNCTION houses_history_delete() SECURITY INVOKER'],
    [
      'TRIGGER_DIFFERS',
      `DROP TRIGGER houses_history_insert ON houses; CREATE TRIGGER houses_history_insert AFTER INSERT ON houses
        FOR EACH ROW EXECUTE FUNCTION houses_history_insert()`,
    ],
  ])('%s: %s', async ([code, damage]) => {
    const { url, store } = await opened();
    const { engine } = store;
    expect(await engine.captureFaults(specs)).toEqual([]);
    await admin(damage, url);
    expect(await engine.captureFaults(specs)).toMatchObject([{ code, table: 'houses' }]);
    await admin(engine.ddl.createCapture(houses.spec, specs).join(';\n'), url);
    expect(await engine.captureFaults(specs)).toEqual([]);
  });

  test('a table that was made anew is another one; one that was emptied is not', async () => {
    const { url, store } = await opened();
    const before = await store.engine.identities(specs);
    await admin('TRUNCATE houses, rooms; VACUUM FULL rooms'.split(';')[0]!, url);
    expect(await store.engine.identities(specs)).toEqual(before);
    await admin('CREATE TABLE r AS TABLE rooms; DROP TABLE rooms; ALTER TABLE r RENAME TO rooms', url);
    const after = await store.engine.identities(specs);
    expect(after.get('houses')).toBe(before.get('houses'));
    expect(after.get('rooms')).not.toBe(before.get('rooms'));
  });

  test('triggers outlast a rebuild', async () => {
    const { url, store, logged } = await opened();
    await admin('ALTER TABLE houses ALTER name TYPE text, ALTER id TYPE int', url);
    for (const { fix } of await store.doctor()) if (!fix.startsWith('--')) await admin(fix, url);
    expect(await store.doctor()).toEqual([]);
    await store.repository(houses).insert({ id: 1, name: 'a' });
    expect(await logged()).toEqual(['insert ours 1 ']);
  });

  test('somebody else owns the table', async () => {
    const { url } = await opened();
    const [role, schema] = [`holdfast_stranger_${process.pid}`, schemaOf(url)];
    await admin(`CREATE ROLE ${role} LOGIN; GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
    onTestFinished(async () => void (await admin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)));
    const theirs = new URL(url);
    theirs.username = role;
    const store = await open(theirs.href, { tables });
    const findings = await store.doctor();
    const named = findings.map(({ code, where }) => `${code} ${where}`);
    expect(named).toEqual(expect.arrayContaining(['RIGHT_MISSING houses', 'RIGHT_MISSING rooms']));
    for (const { fix } of findings) await admin(fix, url);
    expect(await store.doctor()).toEqual([]);
    await admin('DROP TRIGGER houses_history_clear ON houses', url);
    for (const sql of store.engine.ddl.createCapture(houses.spec, specs)) await exec(store, sql);
    expect(await store.engine.captureFaults(specs)).toEqual([]);
  });
});
