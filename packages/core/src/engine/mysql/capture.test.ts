// Capture on MySQL and MariaDB where they differ from the others: references that act without triggers, REPLACE, other
// time zones and accounts, TRUNCATE, and variables of the session that outlive what they were set for.

import driver from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int, json, text } from '../../schema/column.ts';
import { now } from '../../schema/instant.ts';
import { type AnyTable, table } from '../../schema/table.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import {
  accountUrl,
  admin,
  databaseOf,
  domainOf,
  line,
  open,
  refusal,
  scratchUrl,
  withoutServer,
} from './test-store.ts';

const houses = table(
  'houses',
  { id: int(), name: text(64).unique(), note: text().nullable(), extra: json().nullable() },
  { key: ['id'], history: 'versions' },
);
const floors = table(
  'floors',
  { id: int(), house: int().references(houses, 'id', 'cascade') },
  { key: ['id'] },
);
const rooms = table(
  'rooms',
  {
    id: int(),
    house: int().nullable().references(houses, 'id', 'cascade'),
    floor: int().nullable().references(floors, 'id', 'cascade'),
    owner: int().nullable().references(houses, 'id', 'set null'),
  },
  { key: ['id'], history: 'versions' },
);
const tables = [houses, floors, rooms];

interface Opened {
  readonly url: string;
  readonly store: Store;
  /** Changes as they were logged. */
  readonly log: (table: AnyTable, columns?: string) => Promise<unknown[][]>;
}

async function opened(given: AnyTable[] = tables): Promise<Opened> {
  const url = await scratchUrl();
  const store = await open(url, { tables: given });
  const log: Opened['log'] = async ({ name }, columns = 'id') =>
    (
      await admin(
        `SELECT journal_op, journal_txn IS NULL, ${columns} FROM ${name}_history ORDER BY journal_seq`,
        url,
      )
    ).map(([op, external, ...rest]) => [
      `${external ? 'external ' : ''}${['insert', 'update', 'delete'][Number(op) - 1]}`,
      ...rest,
    ]);
  return { url, store, log };
}

/** A connection as another program has one. */
async function bare(url: string): Promise<driver.Connection> {
  const connection = await driver.createConnection({ uri: url, multipleStatements: true });
  onTestFinished(() => connection.end());
  return connection;
}

const house = (id: number) => ({ id, name: `house ${id}` });

describe.skipIf(withoutServer)('capture', () => {
  test('REPLACE, by the key and by another unique value, with what it takes away elsewhere', async () => {
    const { url, store, log } = await opened();
    await store.repository(houses).insertMany([house(1), house(2), house(3)]);
    await store.repository(rooms).insert({ id: 10, house: 2 });
    await admin(
      "REPLACE INTO houses (id, name) VALUES (1, 'one'); REPLACE INTO houses (id, name) VALUES (4, 'house 2')",
      url,
    );
    expect((await log(houses, 'id, name')).slice(3)).toEqual([
      ['external delete', 1, 'house 1'],
      ['external insert', 1, null],
      ['external delete', 2, 'house 2'],
      ['external insert', 4, null],
    ]);
    expect(await log(rooms)).toEqual([
      ['insert', 10],
      ['external delete', 10],
    ]);
  });

  test('an insert that finds its record there is an update; one that leaves it so is none', async () => {
    const { url, store, log } = await opened();
    const repository = store.repository(houses);
    await repository.insert(house(1));
    await store.engine.autocommit((session) =>
      session.bulk(
        {
          table: 'houses',
          columns: ['id', 'name'],
          key: ['id'],
          onConflict: { update: [], otherUniques: true },
        },
        1,
        (_, into, at) => {
          into[at] = 1;
          into[at + 1] = 'ignored';
        },
      ),
    );
    await admin("INSERT INTO houses (id, name) VALUES (1, 'x') ON DUPLICATE KEY UPDATE note = 'n'", url);
    await admin("UPDATE houses SET note = 'n'", url);
    expect(await log(houses, 'id, note')).toEqual([
      ['insert', 1, null],
      ['external update', 1, null],
    ]);
  });

  test('a changed key is a deletion and an insert; keys of several rows may change places', async () => {
    const { url, store, log } = await opened();
    await store.repository(houses).insertMany([house(1), house(2)]);
    await admin('UPDATE houses SET id = id + 1 ORDER BY id DESC', url);
    expect((await log(houses)).slice(2)).toEqual([
      ['external delete', 2],
      ['external insert', 3],
      ['external delete', 1],
      ['external insert', 2],
    ]);
  });

  test('a record that a deletion reaches on several ways is logged once', async () => {
    const { url, store, log } = await opened();
    await store.repository(houses).insertMany([house(1), house(2)]);
    await store.repository(floors).insertMany([
      { id: 1, house: 1 },
      { id: 2, house: 2 },
    ]);
    await store.repository(rooms).insertMany([
      { id: 10, house: 1, floor: 1, owner: 1 },
      { id: 11, house: 2, floor: 1, owner: 2 },
      { id: 12, house: 2, floor: 2, owner: 1 },
      { id: 13, house: 2, floor: null, owner: null },
      { id: 14, house: null, floor: 1, owner: null },
    ]);
    await store.repository(houses).delete({ id: 1 });
    const reached = (await log(rooms, 'id, house, floor, owner')).slice(5);
    expect(reached.toSorted(([, a], [, b]) => Number(a) - Number(b))).toEqual([
      ['delete', 10, 1, 1, 1],
      ['delete', 11, 2, 1, 2],
      ['update', 12, 2, 2, 1],
      ['delete', 14, null, 1, null],
    ]);
    // One statement that reads and deletes, and reaches records through two of the rows it deletes.
    await store.repository(houses).insert(house(3));
    await store.repository(rooms).insert({ id: 20, house: 3, floor: 2 });
    await admin('DELETE FROM houses WHERE id IN (SELECT house FROM rooms) OR id = 3', url);
    const last = (await log(rooms)).slice(10);
    expect(
      last
        .filter(([op]) => op === 'external delete')
        .map(([, id]) => id)
        .toSorted(),
    ).toEqual([12, 13, 20]);
    expect(last.filter(([op]) => op === 'external update')).toEqual([]);
    expect(await store.repository(rooms).count()).toBe(0);
  });

  test('references of a table to itself: set to null they are logged, in a circle they are refused', async () => {
    const columns = { id: int(), parent: int().nullable() };
    const nodes = (onDelete: 'cascade' | 'set null'): AnyTable =>
      table('nodes', columns, {
        key: ['id'],
        history: 'versions',
        foreignKeys: [
          {
            columns: ['parent'],
            table: table('nodes', columns, { key: ['id'] }),
            references: ['id'],
            onDelete,
          },
        ],
      });
    const { url, log } = await opened([nodes('set null')]);
    await admin('INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 1), (4, 2)', url);
    await admin('DELETE FROM nodes WHERE id = 1', url);
    expect((await log(nodes('set null'), 'id, parent')).slice(4)).toEqual([
      ['external update', 2, 1],
      ['external update', 3, 1],
      ['external delete', 1, null],
    ]);
    const error = await refusal(opened([nodes('cascade')]));
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', message: expect.stringContaining('nodes') });
  });

  test('instants are those of the world, whatever the time zone of the session and its fixed clock are', async () => {
    const { url } = await opened();
    const before = now();
    const connection = await bare(url);
    for (const [index, zone] of ['+00:00', '+13:00', '-11:30', 'SYSTEM'].entries()) {
      await connection.query(
        `SET time_zone = '${zone}'; INSERT INTO houses (id, name) VALUES (${index}, '${index}')`,
      );
      const [[row]] = (await connection.query('SELECT @@time_zone AS zone')) as unknown as [
        [{ zone: string }],
      ];
      expect(row.zone).toBe(zone);
    }
    await connection.query("SET timestamp = 1; INSERT INTO houses (id, name) VALUES (9, '9')");
    const instants = (await admin('SELECT journal_at FROM houses_history ORDER BY journal_seq', url)).map(
      ([at]) => Number(at),
    );
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    expect(instants[0]).toBeGreaterThanOrEqual(before - 1_000_000);
    expect(instants.at(-1)).toBeLessThanOrEqual(now() + 1_000_000);
  });

  test('the instant is behind the wait for the record: its changes are in order', async () => {
    const { url, store } = await opened();
    await store.repository(houses).insert(house(1));
    const [first, second] = [await bare(url), await bare(url)];
    await first.query('START TRANSACTION; UPDATE houses SET note = 1 WHERE id = 1');
    const waiting = second.query(`UPDATE houses SET note = 2 WHERE id = 1 /* ${databaseOf(url)} */`);
    while (
      (
        await admin(
          `SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%${databaseOf(url)}%'`,
        )
      ).length === 0
    );
    await first.query("INSERT INTO houses (id, name) VALUES (2, 'later'); COMMIT");
    await waiting;
    const rows = await admin(
      'SELECT id, journal_op, journal_at FROM houses_history ORDER BY journal_at, journal_seq',
      url,
    );
    expect(rows.slice(1).map(([id, op]) => [id, op])).toEqual([
      [1, 2],
      [2, 1],
      [1, 2],
    ]);
  });

  test('an account with rights on the table alone writes, and is logged', async () => {
    const { url, log } = await opened();
    const account = await accountUrl(url);
    const { username } = new URL(account);
    await admin(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${databaseOf(url)}.houses TO '${username}'@'%'`);
    const connection = await bare(account);
    await connection.query(
      "INSERT INTO houses (id, name) VALUES (1, 'a'); UPDATE houses SET name = 'b'; DELETE FROM houses",
    );
    expect(await log(houses, 'name')).toEqual([
      ['external insert', null],
      ['external update', 'a'],
      ['external delete', 'b'],
    ]);
  });

  test('a connection that was credited credits nobody afterwards', async () => {
    const { url, store, log } = await opened();
    const armed = () => store.engine.read((session) => session.get({ sql: 'SELECT @holdfast_txn' }, []));
    const past = (id: number) =>
      // Not told to be a write by its first word, and so on a connection as it was left.
      store.engine.read((session) =>
        session.all({ sql: `EXPLAIN INSERT INTO houses (id, name) VALUES (${id}, '${id}')` }, []),
      );
    await store.repository(houses).insert(house(1));
    expect(await armed()).toEqual([null]);
    await refusal(store.repository(houses).insert(house(1)));
    expect(await armed()).toEqual([null]);
    await store
      .transaction(async (transaction) => {
        await transaction.repository(houses).insert(house(2));
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(await armed()).toEqual([null]);
    await past(3);
    // A commit that fails, since nobody can be credited.
    await admin('RENAME TABLE holdfast_journal TO elsewhere', url);
    expect((await refusal(store.repository(houses).insert(house(5)))).code).toBe('SCHEMA_DRIFTED');
    expect(await armed()).toEqual([null]);
    await admin('RENAME TABLE elsewhere TO holdfast_journal', url);
    await store.repository(houses).insert(house(6));
    expect(await log(houses)).toEqual([
      ['insert', 1],
      ['insert', 6],
    ]);
  });

  test('a single write is stored with its trace and its credit, or not at all, wherever its line is cut', async () => {
    const { url, restore, cutAtMessage } = await line();
    let id = 0;
    const insert = async (): Promise<void> => {
      const store = await openStore({ url, domains: [domainOf(...tables)] });
      await store
        .repository(houses)
        .insert(house(id))
        .finally(() => store.close());
    };
    await insert();
    const stored: number[] = [];
    for (const when of ['before', 'answered'] as const) {
      let [kept, cuts] = [0, 0];
      // The store is opened, cut where it says so, and opened anew until nothing is left to cut.
      for (let position = 1; ; position++) {
        id++;
        cutAtMessage(position, when);
        const failed = await insert().then(
          () => false,
          () => true,
        );
        await restore();
        const row = await admin(
          `SELECT (SELECT count(*) FROM houses WHERE id = ${id}), count(*), count(j.txn)
           FROM houses_history AS h LEFT JOIN holdfast_journal AS j ON j.txn = h.journal_txn WHERE h.id = ${id}`,
          url,
        );
        const [[there]] = row as [[number]];
        expect(row).toEqual([[there, there, there]]);
        if (!failed) {
          expect(there).toBe(1);
          break;
        }
        kept += there;
        cuts++;
      }
      expect(cuts).toBeGreaterThan(3);
      stored.push(kept);
    }
    // What was cut while it was answered was stored all the same.
    expect(stored).toEqual([0, expect.any(Number)]);
    expect(stored[1]).toBeGreaterThan(0);
  });

  test('the loser of a deadlock is run again, and logged once', async () => {
    const { url, store, log } = await opened();
    await store.repository(houses).insertMany([house(1), house(2)]);
    let met = 0;
    const both = Promise.withResolvers<void>();
    const swap = (first: number, second: number) =>
      store.transaction(async (transaction) => {
        const repository = transaction.repository(houses);
        await repository.update({ id: first }, { note: `${first}` });
        if (++met === 2) both.resolve();
        await both.promise;
        await repository.update({ id: second }, { note: `${first}` });
      });
    await Promise.all([swap(1, 2), swap(2, 1)]);
    expect(met).toBe(3);
    expect((await log(houses)).slice(2)).toHaveLength(4);
    const [[covered]] = (await admin(
      'SELECT count(*) FROM houses_history AS h JOIN holdfast_journal AS j ON j.txn = h.journal_txn',
      url,
    )) as [[number]];
    expect(covered).toBe(6);
    expect(await admin('SELECT count(*) FROM holdfast_journal', url)).toEqual([[3]]);
  });

  test('TRUNCATE makes another table of it; an account that cannot see that is advised', async () => {
    const { url, store } = await opened();
    const specs = tables.map(({ spec }) => spec);
    const before = await store.engine.identities(specs);
    expect([...before.keys()].toSorted()).toEqual(['houses', 'rooms']);
    expect(await store.engine.identities(specs)).toEqual(before);
    await admin('TRUNCATE rooms', url);
    const after = await store.engine.identities(specs);
    expect(after.get('houses')).toBe(before.get('houses'));
    expect(after.get('rooms')).not.toBe(before.get('rooms'));

    const account = await accountUrl(url, 'ALL PRIVILEGES');
    const own = await open(account, { tables });
    expect(await own.engine.identities(specs)).toEqual(new Map());
    const findings = await own.doctor();
    expect(findings).toMatchObject([{ code: 'RIGHT_ADVISED', advice: true }]);
    await admin(findings[0]!.fix);
    expect(await (await open(account, { tables })).engine.identities(specs)).toEqual(after);
  });

  test('a trigger that is gone, or another, is told', async () => {
    const { url, store } = await opened();
    const faults = () => store.engine.captureFaults(tables.map(({ spec }) => spec));
    expect(await faults()).toEqual([]);
    await admin('DROP TRIGGER rooms_history_with_floors', url);
    await admin(
      'CREATE OR REPLACE TRIGGER houses_history_insert AFTER INSERT ON houses FOR EACH ROW SET @x = 1',
      url,
    );
    expect((await faults()).map(({ table: name, code, what }) => `${name} ${code} ${what}`)).toEqual([
      'houses TRIGGER_DIFFERS the trigger houses_history_insert is not as it was made',
      'rooms TRIGGER_MISSING the trigger rooms_history_with_floors does not exist',
    ]);
  });
});
