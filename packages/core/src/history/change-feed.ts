// Changes as they are committed, for whoever follows them: read from the journal itself, so it does not matter which
// process made them, and each is given once.

import { compileDecoder, type Decode } from '../schema/codec.ts';
import { type Resource, recordId } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import type { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { creditsOf } from './credits.ts';
import { decodeInstant } from './history-table.ts';

/** One change. `before` and `after` are in `listHistory`. */
export interface CommittedChange {
  readonly resource: Resource;
  readonly id: string;
  /** Its number in the history of its table. */
  readonly seq: number;
  readonly at: Instant;
  /** Of a record that a sweep found gone, `updated`: the record is kept. */
  readonly change: 'created' | 'updated' | 'deleted';
  /** `external` for what was written past every store. */
  readonly actor: string;
  readonly via: string;
  readonly source: string | null;
  readonly run: string | null;
  readonly request: string | null;
}

export interface Committed {
  readonly changes: readonly CommittedChange[];
  /** Behind everything that was read. */
  readonly position: string;
  /** There were more than were to be given; they are passed over. */
  readonly more: boolean;
}

/** Behind everything that is committed now, or a little before that. */
export async function newestPosition({ engine }: Store): Promise<string> {
  if (engine.lastPosition !== undefined) return engine.lastPosition();
  const reading = await engine.changes([]);
  for await (const _ of reading.chunks);
  await reading.close();
  return reading.position;
}

const kinds = { 1: 'created', 2: 'updated', 3: 'deleted' } as const;

/**
 * What was committed after a position, table by table, each in the order of its changes.
 * @param most changes that are given; memory is bounded by it
 * @throws CURSOR_INVALID for a position that is of another database, or none
 */
export async function committedSince(
  store: Store,
  resources: readonly Resource[],
  position: string,
  most = 5_000,
): Promise<Committed> {
  const tracked = resources.filter(({ table }) => table.spec.history === 'versions');
  const byTable = new Map(tracked.map((resource) => [resource.table.name, keyDecoder(store, resource)]));
  const reading = await store.engine.changes(
    tracked.map(({ table }) => table.spec),
    position,
  );
  const found: (Omit<CommittedChange, 'actor' | 'via' | 'source' | 'run' | 'request'> & {
    readonly txn: bigint | undefined;
  })[] = [];
  let more = false;
  try {
    for await (const { table, rows } of reading.chunks) {
      const { resource, decode } = byTable.get(table.name)!;
      for (const [seq, at, op, txn, ...key] of rows) {
        const change = kinds[Number(op) as (typeof journalOps)[keyof typeof journalOps]];
        if (change === undefined) continue;
        more ||= found.length >= most;
        if (more) break;
        const id = recordId(resource, decode(key));
        const credited = txn === null || txn === undefined ? undefined : BigInt(txn as bigint);
        found.push({ resource, id, seq: Number(seq), at: decodeInstant(store, at!), change, txn: credited });
      }
    }
  } finally {
    await reading.close();
  }
  const credits = await creditsOf(
    store,
    found.flatMap(({ txn }) => txn ?? []),
  );
  const changes = found.map(({ txn, ...change }): CommittedChange => {
    const credit = txn === undefined ? undefined : credits.get(txn);
    const { actor = 'external', via = 'external', source = null, run = null, request = null } = credit ?? {};
    return { ...change, actor, via, source, run, request };
  });
  return { changes, position: reading.position, more };
}

function keyDecoder(
  store: Store,
  resource: Resource,
): { readonly resource: Resource; readonly decode: Decode } {
  const codec = store.codec(resource.table);
  // As they stand in the key, which need not be the order of the columns.
  const fields = resource.table.key.map(
    (property: string) => codec.keyFields.find((field) => field.property === property)!,
  );
  const own = compileDecoder(resource.table.name, fields, codec.context);
  const decode: Decode = (key) =>
    own(codec.bigints ? key : key.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
  return { resource, decode };
}
