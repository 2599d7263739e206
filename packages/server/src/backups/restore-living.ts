// A restore into a database that holds records, for the verb and for the job: planned, agreed to, done, with a way back.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatInstant, HoldfastError, type Store } from '@holdfast/core';
import {
  type ConflictPolicy,
  type Contents,
  createBackup,
  type LivingRestore,
  type LivingRestoreOptions,
  type LockKey,
  prepareLivingRestore,
} from '@holdfast/core/archive';
import {
  type ApplyResult,
  applyPlan,
  type Consent,
  giveConsent,
  makePlan,
  type Plan,
  requireGates,
  runGates,
} from '@holdfast/core/plan';
import { parseConditions } from '../cli/conditions.ts';
import { requireResource, resources } from '../cli/domains.ts';
import type { RestoreAnswer } from '../cli/restore-text.ts';
import { trackedResources } from '../cli/tracked-resources.ts';

export interface LivingOptions {
  readonly policy: ConflictPolicy;
  readonly lossy: 'refuse' | 'nearest';
  readonly only: readonly string[] | undefined;
  /** Conditions on the one resource that `only` names. */
  readonly where: readonly string[];
  readonly preserveExisting: boolean;
  /** Of the archive that what undo would not bring back is written to before; undefined: of none. */
  readonly safety: string | undefined;
  /** What is changed is credited to it, and undone by it. */
  readonly request: string;
  readonly signal: AbortSignal;
  readonly onProgress?: LivingRestoreOptions['onProgress'];
}

export interface PlannedLiving {
  readonly contents: Contents;
  readonly living: LivingRestore;
  readonly plan: Plan<LivingRestore['draft']['subject']>;
  /** All is there already. */
  readonly nothing: boolean;
  /** Where what is changed is to be written to first, if anywhere. */
  readonly safety: string | undefined;
}

/** Changes that undo takes back at once. */
const mostUndone = 100_000;

/** Gates first: nobody should agree to what is refused anyway. @throws PLAN_REFUSED, and what `prepareLivingRestore` throws */
export async function planLiving(
  store: Store,
  contents: Contents,
  { safety, request, where, ...options }: LivingOptions,
): Promise<PlannedLiving> {
  const wayBack = (tables: readonly string[], rows: number): string | undefined =>
    rows === 0
      ? undefined
      : isUndone(tables, rows)
        ? `holdfast undo --request ${request}`
        : safety === undefined
          ? undefined
          : `holdfast restore ${safety} --conflict overwrite --no-preserve-existing --only ${tables.join(',')}`;
  const living = await prepareLivingRestore(store, contents, {
    ...{ ...options, wayBack },
    ...(where.length === 0 ? {} : { where: conditionsOf(options.only, where) }),
  });
  const plan = makePlan(living.draft);
  const { signal } = options;
  const context = { store, repositories: store, transaction: undefined, at: plan.createdAt, signal };
  requireGates(plan.title, await runGates(living.kind.gates(plan, { ...context, dryRun: true })));
  const nothing = living.written.length === 0;
  const saved = nothing || isUndone(living.written, living.rows) ? undefined : safety;
  return { contents, living, plan, nothing, safety: saved };
}

export interface ApplyLivingOptions {
  readonly actor: { readonly name: string; readonly via: string };
  readonly intents: string;
  readonly request: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Of a plan that is stored, and was agreed to. */
  readonly stored?: { readonly id: string; readonly consent: Consent | undefined } | undefined;
}

export const applyLiving = (
  store: Store,
  { living, plan }: Pick<PlannedLiving, 'living' | 'plan'>,
  { actor, request, stored, ...options }: ApplyLivingOptions,
): Promise<ApplyResult> =>
  store.as({ via: 'restore', reason: plan.title, request }, () =>
    applyPlan({
      ...{ store, kind: living.kind, plan, actor, ...options },
      ...(stored ?? { consent: giveConsent(plan, { by: actor.name, via: actor.via }) }),
    }),
  );

/** What is about to be changed, where undo would not bring it back. */
export async function saveBefore(
  store: Store,
  { safety, living }: PlannedLiving,
  options: { readonly keys: readonly LockKey[]; readonly createdBy: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (safety === undefined) return undefined;
  mkdirSync(dirname(safety), { recursive: true, mode: 0o700 });
  const description = 'as it was before a restore';
  await createBackup(store, { ...options, path: safety, only: living.written, description });
  return safety;
}

export interface ToldLiving {
  readonly dryRun: boolean;
  readonly request: string;
  readonly saved?: string | undefined;
  readonly errors?: readonly string[] | undefined;
  readonly warnings?: readonly string[] | undefined;
  /** By the monotonic clock. */
  readonly startedAt: number;
}

/** The contract of `restore --json` into a database that lives. */
export function livingJson(
  { contents, living, plan }: PlannedLiving,
  id: string | null,
  { dryRun, request, saved, errors = [], warnings = [], startedAt }: ToldLiving,
): RestoreAnswer {
  const { title, hash, steps, hazards, wayBack } = plan;
  return {
    ...{ success: true, dryRun, tables: living.tables.filter(isTold) },
    recordsRestored: living.tables.reduce((sum, { inserted, updated }) => sum + inserted + updated, 0),
    errors,
    warnings: [...warningsOf(contents, living), ...warnings],
    losses: living.losses.map(({ key, ...loss }) => ({ ...loss, key: key.map(String).join(', ') })),
    digest: living.digest(),
    ...{ archive: contents.id, at: formatInstant(contents.at) },
    plan: { id, hash, title, steps, hazards, wayBack },
    request,
    ...(saved === undefined ? {} : { safetyArchive: saved }),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** Whether undo takes all of it back. */
function isUndone(tables: readonly string[], rows: number): boolean {
  const tracked = new Set(trackedResources(undefined).map(({ table }) => table.name));
  return rows <= mostUndone && tables.every((name) => tracked.has(name));
}

const isTold = (table: LivingRestore['tables'][number]): boolean =>
  table.inserted + table.updated + table.skipped + table.conflicts + table.deleted + table.unchanged > 0;

function conditionsOf(only: readonly string[] | undefined, where: readonly string[]): object {
  const [name, ...more] = only ?? [];
  if (name === undefined || more.length > 0)
    throw new HoldfastError('USAGE', '--where selects records of one resource: name it with --only', {
      hint: 'As --only proxmox.vm --where status=running',
    });
  const byTable = resources.find(({ table }) => table.name === name);
  return parseConditions((byTable ?? requireResource(name)).table, where);
}

function warningsOf({ omittedSecrets }: Contents, { draft }: LivingRestore): string[] {
  return [
    ...(omittedSecrets === 0
      ? []
      : [`${omittedSecrets} secrets are not in the archive: living ones stay, enter the others again`]),
    ...(draft.hazards ?? []).filter(({ code }) => code === 'LOSSY').map(({ what }) => what),
  ];
}
