// One move from here to there: what is open while it goes on.

import { readMigrations } from '../archive/backup/applied-migrations.ts';
import type { OnProgress } from '../archive/backup/pace.ts';
import { overallDigest } from '../archive/restore/overall-digest.ts';
import { placeFor, type RestorePlace } from '../archive/restore/place.ts';
import { markRestoring, recordMigrations } from '../archive/restore/target-tables.ts';
import type { Engine } from '../engine/engine.ts';
import type { LossyValue } from '../engine/fit-values.ts';
import type { Freeze, HeldFreeze } from '../engine/freeze.ts';
import type { Load, LoadReport } from '../engine/load.ts';
import { openEngine } from '../engine/open-engine.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import { throwIfAborted } from '../engine/write-lock.ts';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { PlanContext } from '../plan/plan.ts';
import { openStore, type Store } from '../store/open-store.ts';
import type { Actor } from '../system/audit.ts';
import { trackedTables } from '../system/tables.ts';
import { movedMark } from '../update/moved-mark.ts';
import { recordMigration } from '../update/progress.ts';
import { arriving } from '../update/restore-mark.ts';
import { arrive } from './arrive.ts';
import { type Digested, differing, Follower, notEqual } from './catch-up.ts';
import { clearPlace } from './clear-place.ts';
import { beginLogging, endLogging, type MovingTables, movingTables, specsOf } from './moving-tables.ts';

export interface MoveOptions {
  /** A new or empty database. */
  readonly url: string;
  /** Of secret columns: the same here and there. */
  readonly keyFile: string;
  /** What becomes of a value that the other engine cannot keep. @default 'refuse' */
  readonly lossy?: 'refuse' | 'nearest';
  /** Longest time, in milliseconds, that writers may have to wait. @default 2000 */
  readonly freezeMs?: number;
  readonly by: Actor;
  /** Notes, where it outlives this process, where the database moves to. */
  readonly depart: () => Promise<void>;
  /** From now on the new place is the one to be opened. Called again, it does nothing. */
  readonly settle: () => Promise<void>;
  /** The old place stays the one to be opened. Called again, it does nothing. */
  readonly stay: () => Promise<void>;
  readonly onProgress?: OnProgress | undefined;
  /** Told before each step; what it waits for is waited for. */
  readonly onStep?: ((step: string) => void | Promise<void>) | undefined;
}

export interface MovedTable {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
  readonly lossy: number;
}

/** What became of a move. */
export interface MoveReport {
  readonly tables: readonly MovedTable[];
  /** The first thousand values that could not be kept as they are. */
  readonly losses: readonly LossyValue[];
  /** Of all tables; the same here and there. */
  readonly digest: string;
  /** How long writers had to wait, in milliseconds. */
  readonly freezeMs: number | undefined;
  /** Rounds of catching up, with the one during which writers waited. */
  readonly rounds: number;
}

const mostLosses = 1_000;
const mostRounds = 20;
const mostTries = 3;

export class Passage {
  readonly #store: Store;
  readonly #options: MoveOptions;
  readonly #tables: MovingTables;
  readonly #follower: Follower;
  readonly #losses: LossyValue[] = [];
  /** Tables in which a value could not be kept as it was. */
  readonly #lossy = new Set<string>();
  #place: RestorePlace | undefined;
  #engine: Engine | undefined;
  #load: Load | undefined;
  #freeze: Freeze | undefined;
  #held: HeldFreeze | undefined;
  /** The state of the source that the target has. */
  #last: Snapshot | undefined;
  #there: Snapshot | undefined;
  #position = '';
  #pruned = '';
  #rows = 0;
  #logging = false;
  #rounds = 0;
  #sealed = false;
  #frozenMs: number | undefined;
  #found: ReadonlyMap<string, Digested> = new Map();
  #loaded: LoadReport | undefined;
  /** The store at its new place. */
  successor: Store | undefined;

  constructor(store: Store, options: MoveOptions) {
    this.#store = store;
    this.#options = options;
    this.#tables = movingTables(store);
    this.#follower = new Follower(this.#tables);
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  get report(): MoveReport {
    const lossy = new Map(this.#loaded?.tables.map((each) => [each.table, each.lossy]));
    const tables = [...this.#found].map(([table, found]) => ({
      table,
      ...found,
      lossy: lossy.get(table) ?? 0,
    }));
    return {
      tables,
      digest: overallDigest(tables),
      losses: this.#losses,
      freezeMs: this.#frozenMs,
      rounds: this.#rounds,
    };
  }

  /** Copies one state of the database, and compares what came there with it. */
  async copy(dryRun: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { url, lossy = 'refuse', onProgress, depart } = this.#options;
    const { declared } = this.#tables;
    const { engine } = this.#store;
    if (!dryRun) {
      await this.#at('depart');
      await depart();
      await this.#at('place');
    }
    this.#place = await placeFor(url, declared, dryRun);
    this.#engine = await openEngine(this.#place.url, {});
    if (!dryRun) {
      await markRestoring(this.#engine, arriving);
      await this.#at('log');
      this.#logging = true;
      await beginLogging(engine, this.#tables);
    }
    if (!dryRun) await this.#at('copy');
    const snapshot = await engine.snapshot(dryRun ? declared : specsOf(this.#tables), { signal });
    try {
      this.#pruned = await this.#prunedState();
      const onLoss = (loss: LossyValue): void => {
        this.#lossy.add(loss.table);
        if (this.#losses.length < mostLosses) this.#losses.push(loss);
      };
      this.#load = await this.#engine.load(declared, { lossy, dryRun, onLoss, signal });
      this.#found = await this.#follower.copy(snapshot, this.#load, onProgress);
      this.#rows = [...this.#found.values()].reduce((sum, { rows }) => sum + rows, 0);
      if (dryRun) {
        this.#loaded = await this.#load.finish();
        await this.close();
        return;
      }
      await this.#at('index');
      await this.#load.index();
      const there = await this.#follower.digest(this.#load.view, this.#rows, onProgress);
      const differences = differing(this.#found, there, this.#lossy);
      if (differences.length > 0) throw notEqual(differences);
      await snapshot.keepPosition();
      this.#position = snapshot.position;
    } finally {
      await snapshot.close();
    }
  }

  /** Takes along what was changed meanwhile, until so little is left that writers can be made to wait for it. */
  async switchOver(to: string, { signal, lease }: Pick<PlanContext, 'signal' | 'lease'>): Promise<void> {
    const { freezeMs = 2_000 } = this.#options;
    await this.#at('follow');
    await this.#catchUp(freezeMs, signal);
    await this.#at('freeze');
    // What makes triggers waits for everybody who reads, this process too.
    await this.#closeSnapshots();
    this.#freeze = await this.#store.engine.freeze(this.#tables.tracked, to);
    for (let tries = 1; ; tries++) {
      throwIfAborted(signal);
      if (!(await this.#hold(tries))) continue;
      const { since } = this.#held!;
      await this.#at('hold');
      await this.#follow(signal);
      const left = freezeMs - (performance.now() - since);
      // What is still to be done takes its time too.
      if (left > freezeMs / 3) {
        await this.#settle(to, since, lease);
        return;
      }
      await this.#held!.release();
      this.#held = undefined;
      if (tries === mostTries) throw unsettled(`the last changes took longer than ${freezeMs} ms`);
    }
  }

  async #catchUp(freezeMs: number, signal: AbortSignal | undefined): Promise<void> {
    let before = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= mostRounds; round++) {
      const since = performance.now();
      await this.#follow(signal);
      const took = performance.now() - since;
      // Short enough, or as short as it gets.
      if (took < freezeMs / 4 || took > before * 0.8) return;
      before = took;
    }
  }

  /** @returns false where it may be tried again */
  async #hold(tries: number): Promise<boolean> {
    try {
      this.#held = await this.#freeze!.hold();
      return true;
    } catch (error) {
      const again = isHoldfastError(error) && ['TRANSACTION_CONFLICT', 'DATABASE_BUSY'].includes(error.code);
      if (!again || tries >= mostTries) throw error;
      return false;
    }
  }

  async #follow(signal: AbortSignal | undefined): Promise<void> {
    await this.#last?.close();
    this.#last = undefined;
    const snapshot = await this.#store.engine.snapshot(specsOf(this.#tables), {
      position: this.#position,
      signal,
    });
    this.#last = snapshot;
    if ((await this.#prunedState()) !== this.#pruned)
      throw unsettled('history was pruned while it was copied');
    await this.#follower.follow(snapshot, this.#load!, this.#position);
    await snapshot.keepPosition();
    this.#position = snapshot.position;
    this.#rounds++;
  }

  /** Writers wait: from here to the end every step is short. */
  async #settle(to: string, since: number, lease: PlanContext['lease']): Promise<void> {
    const { url, keyFile, by, settle } = this.#options;
    const { domains, engine } = this.#store;
    const last = this.#last!;
    const serials = await last.serials([...this.#tables.tracked, ...this.#tables.histories]);
    const migrations = await readMigrations(last);
    await this.#at('finish');
    this.#loaded = await this.#load!.finish(serials);
    this.#load = undefined;
    await recordMigrations(this.#engine!, migrations);
    await this.#engine!.close();
    this.#engine = undefined;
    await this.#at('settle');
    await this.#place!.settle();
    const origin = { actor: by.name, via: by.via, reason: `move to ${to}` };
    const successor = await openStore({
      ...{ url, keyFile, origin, mustExist: true, restoring: true },
      domains: domains.slice(1),
    });
    this.successor = successor;
    // Whoever opens it once the old one is sealed has to find that this process is alive.
    await lease?.carry(successor);
    this.#there = await successor.engine.snapshot(this.#tables.declared);
    const mark = { ...movedMark, checksum: to.slice(0, 64) };
    await this.#at('seal');
    await this.#held!.seal((session) => recordMigration(session, engine, mark));
    this.#sealed = true;
    this.#held = undefined;
    await this.#at('arrive');
    await arrive(successor, engine.location, by);
    await this.#at('switch');
    await settle();
    this.#frozenMs = Math.round(performance.now() - since);
  }

  /** Compares both databases as they were when writers waited. @returns what differs */
  async prove(): Promise<string[]> {
    const { onProgress } = this.#options;
    const successor = this.successor!;
    await this.#at('prove');
    const here = await this.#follower.digest(this.#last!, this.#rows, onProgress);
    const there = await this.#follower.digest(this.#there!, this.#rows, onProgress);
    this.#found = there;
    await this.#closeSnapshots();
    await endLogging(this.#store.engine, this.#tables);
    await successor.engine.checkReferences();
    return differing(here, there, this.#lossy);
  }

  /** Takes back what was begun; not after the seal. */
  async abandon(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
    await this.#closeSnapshots();
    await this.#freeze?.discard();
    this.#freeze = undefined;
    if (this.#logging) await endLogging(this.#store.engine, this.#tables);
    this.#logging = false;
    await this.#load?.abort();
    this.#load = undefined;
    await this.successor?.close();
    this.successor = undefined;
    await this.#engine?.close();
    this.#engine = undefined;
    await this.#place?.abandon();
    if (this.#place !== undefined) await clearPlace(this.#options.url, this.#tables.declared);
    this.#place = undefined;
    await this.#options.stay();
  }

  async close(): Promise<void> {
    await this.#closeSnapshots();
    await this.#engine?.close();
    this.#engine = undefined;
  }

  async #closeSnapshots(): Promise<void> {
    await this.#last?.close();
    await this.#there?.close();
    this.#last = undefined;
    this.#there = undefined;
  }

  async #at(step: string): Promise<void> {
    await this.#options.onStep?.(step);
  }

  /** When the history of each table begins. */
  async #prunedState(): Promise<string> {
    const { items } = await this.#store
      .repository(trackedTables)
      .list({ orderBy: [['tableName', 'asc']], limit: 10_000 });
    return items
      .map(({ tableName, since, detailedSince }) => `${tableName} ${since} ${detailedSince}`)
      .join();
  }
}

const unsettled = (why: string): HoldfastError =>
  new HoldfastError('MOVE_UNSETTLED', `nothing has moved: ${why}`);
