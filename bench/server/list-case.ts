// A list of 100 records over HTTP: the API, signed in and derived from the declaration, against a bare route with its own SQL.

import { once } from 'node:events';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { type Domain, formatInstant, openStore, type Store } from '@holdfast/core';
import { dns, dnsRecords } from '@holdfast/domains/dns';
import { fastify } from 'fastify';
import { makeToken } from '../../packages/server/src/accounts/manage-tokens.ts';
import { addUser } from '../../packages/server/src/accounts/manage-users.ts';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { startServer } from '../../packages/server/src/http/server.ts';
import type { Settings } from '../harness/area.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { requireSame } from '../harness/same.ts';
import { removeDatabase, scratchPath } from '../harness/scratch.ts';

const requests = 1_500;
const connections = 8;

const instants = ['createdAt', 'updatedAt', 'absentSince'];
const flags = ['proxied', 'managed'];

/** The route that somebody would write by hand, on the same file with the same settings. */
function bareRoute(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA cache_size = -16384');
  const { spec, properties } = dnsRecords;
  const { columns } = spec;
  const names = columns.map(({ name }) => `r.${name}`).join(', ');
  const statement = database.prepare(
    `SELECT ${names}, m.last_processed, m.metrics_at FROM dns_records AS r LEFT JOIN dns_records_latest AS m
     ON m.source = r.source AND m.zone = r.zone AND m.record_id = r.record_id
     ORDER BY r.source, r.zone, r.record_id LIMIT 101`,
  );
  const app = fastify();
  app.get('/list', async () => {
    const rows = statement.all().slice(0, 100);
    return {
      items: rows.map((row) => {
        const item: Record<string, unknown> = { resource: 'dns.record' };
        for (const [index, property] of properties.entries()) {
          const value = row[columns[index]!.name];
          item[property] =
            value === null
              ? null
              : instants.includes(property)
                ? formatInstant(Number(value))
                : flags.includes(property)
                  ? value === 1
                  : value;
        }
        item['lastProcessed'] =
          row['last_processed'] === null ? null : formatInstant(Number(row['last_processed']));
        item['metricsAt'] = row['metrics_at'] === null ? null : formatInstant(Number(row['metrics_at']));
        return item;
      }),
    };
  });
  return { app, database };
}

export async function lists(size: number, { runs }: Settings): Promise<Line[]> {
  const path = scratchPath('server.db');
  removeDatabase(path);
  const place = {
    url: `sqlite:${path}`,
    keyFile: scratchPath('server.key'),
    intents: scratchPath('intents'),
    backups: scratchPath('backups'),
    folder: dirname(path),
  };
  const store = (await openStore({ ...place, domains: domains as readonly Domain[] })) as Store;
  await dns.seed!(store, { size, seed: 1 });
  const actor = { name: 'bench', via: 'cli' };
  const user = await addUser(store, actor, {
    username: 'bench',
    password: 'a password for benches',
    role: 'admin',
  });
  const { token } = await makeToken(store, actor, user, { label: 'bench' });
  const running = await startServer({
    store,
    place,
    data: place.folder,
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
  });
  const bare = bareRoute(path);
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url));
  try {
    const ours = `${running.url}/api/v1/resources/dns.record?limit=100`;
    const theirs = `${await bare.app.listen({ host: '127.0.0.1', port: 0 })}/list`;
    const read = async (url: string): Promise<unknown[]> => {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const { items } = (await answer.json()) as { items: Record<string, unknown>[] };
      return items.map(({ id: _, ...item }) => item);
    };
    requireSame('a list of 100 records', { ours: await read(ours), theirs: await read(theirs) });
    const load = (url: string) => async (): Promise<number> => {
      worker.postMessage({ url, token, requests, connections });
      const [millis] = await once(worker, 'message');
      return millis;
    };
    const [own, reference] = await interleave([{ run: load(ours) }, { run: load(theirs) }], runs);
    return [
      makeLine('server', 'sqlite', {
        case: `100 of ${size} records over HTTP`,
        against: 'bare route, hand-written SQL',
        ours: requests / (own / 1000),
        reference: requests / (reference / 1000),
        unit: 'req/s',
        target: 0.7,
      }),
    ];
  } finally {
    await worker.terminate();
    await bare.app.close();
    bare.database.close();
    await running.close();
    await store.close();
    removeDatabase(path);
  }
}
