// A restore into a store that lives: planned by reading, applied in one transaction, proven in it.

import type { Session } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import { probe } from '../../engine/probe.ts';
import { HoldfastError } from '../../errors.ts';
import type { Json } from '../../plan/json.ts';
import type { AtomicKind, PlanContext } from '../../plan/kinds.ts';
import type { Effects, PlanDraft } from '../../plan/shape.ts';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { formatInstant } from '../../schema/instant.ts';
import { latestSpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type OnProgress, Pace } from '../backup/pace.ts';
import { type DigestOfTable, overallDigest } from '../restore/overall-digest.ts';
import { absentKeys, deleteRecords } from './absent.ts';
import { changedSince } from './changed-since.ts';
import type { Contents } from './contents.ts';
import { KeySet, keyText } from './key-set.ts';
import {
  type LivingSubject,
  livingDraft,
  livingGates,
  livingKindName,
  type TablePlan,
  writeEffects,
} from './living-plan.ts';
import { Needs } from './needs.ts';
import { type Passed, type PassOptions, passNothing, passOver, type Tally } from './pass.ts';
import type { ChangedSince, ConflictPolicy } from './policies.ts';
import { type Selection, selectUnits, type Unit } from './selection.ts';

export interface LivingRestoreOptions extends Selection {
  /** @default 'fail' */
  readonly policy?: ConflictPolicy | undefined;
  /** Records that the archive does not have stay. @default true */
  readonly preserveExisting?: boolean | undefined;
  /** @default 'refuse' */
  readonly lossy?: 'refuse' | 'nearest' | undefined;
  /** How it can be taken back, as a command. @param tables that something is written in. @param rows written and deleted */
  readonly wayBack?: ((tables: readonly string[], rows: number) => string | undefined) | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LivingTable {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** Records that stay although the archive has others. */
  readonly skipped: number;
  /** Records that are in both, and not the same. */
  readonly conflicts: number;
  readonly lossy: number;
  readonly deleted: number;
  /** Records that are the same in both. */
  readonly unchanged: number;
}

export interface LivingRestore {
  readonly draft: PlanDraft<LivingSubject & Json>;
  readonly kind: AtomicKind<LivingSubject & Json>;
  /** Tables that something is written in. */
  readonly written: readonly string[];
  /** Records that are written and deleted. */
  readonly rows: number;
  /** What the plan counts; what is done is proven to be the same. */
  readonly tables: readonly LivingTable[];
  readonly losses: readonly LossyValue[];
  /** Of the living records that the archive has, once it was applied or tried. */
  digest(): string;
}

/** Named in a plan. */
const mostNamed = 20;
const mostLosses = 1_000;

/**
 * Reads what of the contents is wanted beside the living records, and plans what becomes of each. To be applied by
 * `applyPlan`, which does the same reading again, in one transaction with the writing:
 * 1. Writes table by table, parents first, in batches; triggers capture each change. What is decided there is compared with
 *    the plan: PLAN_STALE when the store has changed meanwhile, and all is taken back.
 * 2. Deletes, children first, what the archive does not have, where that was asked for.
 * 3. Proves: reading once more must find nothing left to do, and a row can be added to each table.
 * A failure, a cancellation or a killed process leave the store as it was. Memory: a few batches, eight bytes for each key
 * of a table, keys that are deleted, and of a choice of records the keys of those that they refer to.
 * @throws RESTORE_SCHEMA, RESOURCE_UNKNOWN, QUERY_INVALID, ARCHIVE_CORRUPT, CANCELLED, SECRET_KEY_WRONG
 */
export async function prepareLivingRestore(
  store: Store,
  contents: Contents,
  options: LivingRestoreOptions = {},
): Promise<LivingRestore> {
  const { policy = 'fail', preserveExisting = true, lossy = 'refuse', only, where, signal } = options;
  const units = selectUnits(store, contents, { only, where });
  const work = new Work(store, contents, units, { ...options, policy, preserveExisting });
  const tables = await work.plan();
  const subject: LivingSubject = {
    contents: contents.id,
    at: formatInstant(contents.at),
    only: only === undefined ? null : [...only],
    where: where === undefined ? null : whereText(where),
    ...{ policy, preserveExisting, lossy, tables },
    conflicting: work.conflicting(),
    missing: work.missing,
  };
  signal?.throwIfAborted();
  const rowsOf = ({ inserted, updated, deleted }: TablePlan): number => inserted + updated + deleted;
  const written = tables.filter((each) => rowsOf(each) > 0).map(({ table }) => table);
  const rows = tables.reduce((sum, each) => sum + rowsOf(each), 0);
  const draft = livingDraft({ contents, subject, wayBack: options.wayBack?.(written, rows) });
  return {
    draft,
    written,
    rows,
    kind: {
      kind: livingKindName,
      atomic: true,
      // What would be done is compared with the plan as it is done, table by table: reading it all twice more would say no more.
      revise: async () => draft,
      gates: ({ subject: asked }) => livingGates(asked),
      step: (step, _, context) => work.step(step.id, context),
      prove: (_, __, context) => work.prove(context),
    },
    tables: tables.flatMap(resultsOf),
    losses: work.losses,
    digest: () => overallDigest(work.digests),
  };
}

const whereText = (where: object): string =>
  canonicalJson(
    JSON.parse(JSON.stringify(where, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
  );

function resultsOf({ table, gauges, deleted, ...tally }: TablePlan): LivingTable[] {
  return [
    resultOf(table, tally, deleted),
    ...(gauges === null ? [] : [resultOf(`${table}_latest`, gauges, 0)]),
  ];
}

const resultOf = (table: string, tally: Tally, deleted: number): LivingTable => {
  const { inserted, updated, skipped, conflicts, lossy, unchanged } = tally;
  return { table, inserted, updated, skipped, conflicts, lossy, deleted, unchanged };
};

type Settled = LivingRestoreOptions & {
  readonly policy: ConflictPolicy;
  readonly preserveExisting: boolean;
};

class Work {
  readonly #store: Store;
  readonly #contents: Contents;
  readonly #units: readonly Unit[];
  readonly #options: Settled;
  readonly #needs: Needs;
  readonly #plans = new Map<string, TablePlan>();
  /** Of the transaction that runs. */
  readonly #keys = new Map<string, KeySet>();
  readonly #conflicting = new Map<string, string[]>();
  readonly missing: string[] = [];
  readonly losses: LossyValue[] = [];
  digests: DigestOfTable[] = [];

  constructor(store: Store, contents: Contents, units: readonly Unit[], options: Settled) {
    this.#store = store;
    this.#contents = contents;
    this.#units = units;
    this.#options = options;
    this.#needs = new Needs(units);
  }

  /** The first of them, parents first. */
  conflicting(): string[] {
    return this.#units.flatMap(({ table }) => this.#conflicting.get(table.name) ?? []).slice(0, mostNamed);
  }

  /** Children first: what they refer to has to be known when the turn of their parents comes. */
  async plan(): Promise<TablePlan[]> {
    const pace = this.#pace('counting');
    for (const unit of this.#units.toReversed())
      await this.#store.engine.read(async (session) => {
        await this.#needs.settle(unit, session, this.#store.engine);
        const { name } = unit.table;
        const { passed, gauges } = await this.#pass(unit, session, pace, 'plan');
        this.missing.push(...this.#needs.missing(unit).map((key) => `${name} ${key}`));
        this.#plans.set(name, {
          ...{ table: name, ...passed.tally, decisions: passed.decisions },
          deleted: (await this.#absent(unit, session, passed.keys)).length,
          gauges: gauges === undefined ? null : { ...gauges.tally, decisions: gauges.decisions },
        });
      });
    return this.#units.map(({ table }) => this.#plans.get(table.name)!);
  }

  async step(id: string, { transaction }: PlanContext): Promise<Effects> {
    const [action, name] = id.split(' ') as ['write' | 'delete', string];
    const unit = this.#units.find(({ table }) => table.name === name)!;
    const { session } = transaction!;
    if (action === 'write') return this.#write(unit, session);
    const keys = this.#keys.get(name) ?? (await this.#pass(unit, session, undefined, 'look')).passed.keys;
    const absent = await this.#absent(unit, session, keys);
    return {
      [name]: { delete: await deleteRecords(this.#store, session, unit, absent, this.#options.signal) },
    };
  }

  /** @throws PLAN_STALE */
  async #write(unit: Unit, session: Session): Promise<Effects> {
    const { name } = unit.table;
    const { passed, gauges } = await this.#pass(unit, session, this.#pace('loading'), 'write');
    this.#keys.set(name, passed.keys);
    const planned = this.#plans.get(name)!;
    if (passed.decisions !== planned.decisions || gauges?.decisions !== planned.gauges?.decisions)
      throw new HoldfastError(
        'PLAN_STALE',
        `${name} has changed since the plan was made; all was taken back`,
        {
          details: { table: name },
        },
      );
    return writeEffects({
      table: name,
      ...passed.tally,
      gauges: gauges === undefined ? null : { ...gauges.tally, decisions: gauges.decisions },
    });
  }

  /** Reads all once more: what is left to do is what went wrong. */
  async prove({ transaction }: PlanContext): Promise<string[]> {
    const { session } = transaction!;
    const pace = this.#pace('proving');
    const wrong: string[] = [];
    const digests: DigestOfTable[] = [];
    for (const unit of this.#units) {
      const { name } = unit.table;
      const { passed } = await this.#pass(unit, session, pace, 'look');
      const { inserted, updated } = passed.tally;
      if (inserted + updated > 0)
        wrong.push(`${name}: ${inserted} records are not there, ${updated} are not as they should be`);
      const absent = await this.#absent(unit, session, passed.keys);
      if (absent.length > 0) wrong.push(`${name}: ${absent.length} records are still there`);
      const { digest } = passed;
      if (digest.rows > 0) digests.push({ table: name, rows: digest.rows, digest: digest.digest });
    }
    this.digests = digests;
    if (wrong.length === 0) await this.#probe(transaction!);
    return wrong;
  }

  /** In a savepoint that is gone back to. @throws PROOF_FAILED */
  async #probe(transaction: Transaction): Promise<void> {
    const touched = this.#units.filter(({ table }) => {
      const { inserted, updated, deleted } = this.#plans.get(table.name)!;
      return inserted + updated + deleted > 0;
    });
    const specs = touched.flatMap(({ form: { spec } }) => {
      const latest = latestSpec(spec);
      return latest === undefined ? [spec] : [spec, latest];
    });
    const { engine } = this.#store;
    await transaction
      .savepoint(async () => {
        await probe(transaction.session, engine, specs);
        throw new Probed();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Probed)) throw error;
      });
  }

  async #absent(unit: Unit, session: Session, keys: KeySet) {
    if (this.#options.preserveExisting || unit.filter === undefined || unit.told) return [];
    return absentKeys(this.#store, session, unit, keys, this.#options.signal);
  }

  #pace(phase: 'counting' | 'loading' | 'proving'): Pace {
    const rows = this.#units.reduce(
      (sum, { form, gauges }) => sum + form.content.rows + (gauges?.content.rows ?? 0),
      0,
    );
    return new Pace(phase, rows, this.#options.onProgress);
  }

  /** A table, and the gauges of the records that are brought back. */
  async #pass(
    unit: Unit,
    session: Session,
    pace: Pace | undefined,
    purpose: 'plan' | 'write' | 'look',
  ): Promise<{ readonly passed: Passed; readonly gauges: Passed | undefined }> {
    const { form, filter, isOwn } = unit;
    const { policy, signal } = this.#options;
    const chosen = this.#needs.wants(unit);
    const needed = this.#needs.any(unit);
    const returned = new KeySet();
    const named: string[] = [];
    if (purpose === 'plan') this.#conflicting.set(form.spec.name, named);
    const watch = purpose === 'plan' ? this.#needs.watch(form) : undefined;
    const shared = {
      ...{ signal, pace, write: purpose === 'write' },
      onLoss:
        purpose === 'plan'
          ? (loss: LossyValue) => void (this.losses.length < mostLosses && this.losses.push(loss))
          : undefined,
    } satisfies Partial<PassOptions>;
    const over = filter === undefined && !needed ? passNothing : passOver;
    const passed = await over(form, session, {
      ...shared,
      policy: filter === undefined || unit.told ? 'skip' : policy,
      changedSince: policy === 'newer' ? await this.#changedSince(unit, session) : undefined,
      isGone: async (keys) => {
        const absent = new Set((await this.#absent(unit, session, keys)).map(keyText));
        return (key) => absent.has(keyText(key));
      },
      wants: (row) => {
        // Asked also where the filter takes the row: it says that the archive has what is needed.
        const along = needed && chosen(row);
        return (along || filter?.(row) === true) && !isOwn(form.keyOf(row));
      },
      onWritten: (row, inserted) => {
        if (inserted && unit.gauges !== undefined) returned.add(form.keyOf(row));
        watch?.(row);
      },
      onConflict:
        purpose !== 'plan'
          ? undefined
          : (key, action) => {
              if (action !== 'conflict' && action !== 'undated') return;
              if (named.length < mostNamed) named.push(`${form.spec.name} ${key.map(String).join('/')}`);
            },
    });
    const { gauges } = unit;
    if (gauges === undefined || returned.size === 0) return { passed, gauges: undefined };
    return {
      passed,
      gauges: await passOver(gauges, session, {
        ...shared,
        policy: 'skip',
        changedSince: undefined,
        wants: (row) => returned.has(gauges.keyOf(row)),
      }),
    };
  }

  /** Of a table whose records say themselves when they were changed, nothing has to be asked. */
  async #changedSince({ form }: Unit, session: Session): Promise<ChangedSince> {
    if (form.columns.some(({ auto }) => auto === 'update')) return undefined;
    return changedSince(this.#store, session, form, this.#contents.at);
  }
}

/** Ends a savepoint that was only for trying. */
class Probed extends Error {}
