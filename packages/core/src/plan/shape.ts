// A plan: what will be done, counted, with what can go wrong, and a hash of all that counts.

import { createHash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { canonicalJson } from '../schema/canonical-json.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import { assertJson, type Json } from './json.ts';

/** How many of what: by table or resource, then by operation, as `{'proxmox.vm': {delete: 3}}`. */
export type Effects = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface PlanStep {
  /** Names the step among those of its plan. */
  readonly id: string;
  readonly title: string;
  readonly effects: Effects;
}

export interface Hazard {
  /** As `LATER_CHANGES`. */
  readonly code: string;
  readonly severity: 'note' | 'warning' | 'danger';
  readonly what: string;
}

/** What it will take, guessed or measured. */
export interface Estimate {
  readonly rows?: number;
  readonly bytes?: number;
  readonly durationMs?: number;
}

/** What a kind says it would do. */
export interface PlanDraft<S extends Json = Json> {
  /** As `undo`, `sweep`, `restore`. */
  readonly kind: string;
  /** One line. */
  readonly title: string;
  /** In the order in which they are done. */
  readonly steps: readonly PlanStep[];
  readonly hazards?: readonly Hazard[];
  readonly estimate?: Estimate;
  /** How it can be taken back, as a command; left out where nothing takes it back. */
  readonly wayBack?: string;
  /** All that its executor needs, so that what was shown is exactly what runs. Never secrets: it is stored. */
  readonly subject: S;
}

export interface Plan<S extends Json = Json> {
  readonly kind: string;
  readonly title: string;
  readonly steps: readonly PlanStep[];
  readonly hazards: readonly Hazard[];
  readonly estimate: Estimate;
  readonly wayBack: string | null;
  readonly subject: S;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** SHA-256, as hex. */
  readonly hash: string;
}

export interface PlanOptions {
  readonly at?: Instant;
  /** How long it may be applied. @default a day */
  readonly validForMs?: number;
}

/** @throws SCHEMA_INVALID for what is no plan: no JSON, a step named twice, a count that is none */
export function makePlan<S extends Json>(draft: PlanDraft<S>, options: PlanOptions = {}): Plan<S> {
  const { at = now(), validForMs = 86_400_000 } = options;
  const { kind, title, steps, hazards = [], estimate = {}, wayBack = null, subject } = draft;
  const parts = { kind, title, steps, hazards, estimate, wayBack, subject };
  assertJson({ ...parts }, `the plan of ${kind}`);
  checkSteps(kind, steps);
  // A copy: what happens to the draft later must not happen to what was hashed.
  const plan = structuredClone(parts);
  return { ...plan, createdAt: at, expiresAt: at + validForMs * 1000, hash: planHash(plan) };
}

/** Of all that counts: clocks, the estimate and the words of its headline do not. */
export const planHash = ({
  kind,
  steps,
  hazards,
  subject,
}: Omit<Plan, 'hash' | 'createdAt' | 'expiresAt'>): string =>
  createHash('sha256').update(canonicalJson({ kind, steps, hazards, subject })).digest('hex');

function checkSteps(kind: string, steps: readonly PlanStep[]): void {
  const ids = steps.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  const fail = (what: string): never => {
    throw new HoldfastError('SCHEMA_INVALID', `a plan of ${kind}: ${what}`);
  };
  if (twice !== undefined) fail(`two steps are named ${twice}`);
  for (const { id, effects } of steps)
    for (const [of, counts] of Object.entries(effects))
      for (const [operation, count] of Object.entries(counts))
        if (!Number.isSafeInteger(count) || count < 0) fail(`${id}: ${operation} of ${of} is ${count}`);
}

/** @throws PLAN_EXPIRED */
export function requireFresh({ title, expiresAt }: Plan, at: Instant): void {
  if (at >= expiresAt)
    throw new HoldfastError('PLAN_EXPIRED', `${title}: the plan was good until ${formatInstant(expiresAt)}`);
}

/** All effects together; what counts nothing is left out. */
export function sumEffects(all: readonly Effects[]): Effects {
  const sum: Record<string, Record<string, number>> = {};
  for (const effects of all)
    for (const [of, counts] of Object.entries(effects))
      for (const [operation, count] of Object.entries(counts)) {
        if (count === 0) continue;
        sum[of] ??= {};
        sum[of][operation] = (sum[of][operation] ?? 0) + count;
      }
  return sum;
}

/** What differs, in words, as `proxmox.vm: delete 3 planned, 2 done`. */
export function effectDifferences(planned: Effects, done: Effects): string[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(done)])].sort();
  return names.flatMap((of) => {
    const operations = new Set([...Object.keys(planned[of] ?? {}), ...Object.keys(done[of] ?? {})]);
    return [...operations].sort().flatMap((operation) => {
      const [wanted, got] = [planned[of]?.[operation] ?? 0, done[of]?.[operation] ?? 0];
      return wanted === got ? [] : [`${of}: ${operation} ${wanted} planned, ${got} done`];
    });
  });
}
