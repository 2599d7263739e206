// Gates: named checks in front of something dangerous, each of which can refuse with evidence and a fix.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { Json } from './json.ts';

export type GateAnswer =
  | { readonly ok: true; readonly evidence?: Json }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly evidence?: Json;
      /** The next command to type. */
      readonly fix: string;
    };

export interface Gate {
  /** As `later-changes`. */
  readonly name: string;
  /** An error of the table is a refusal with its message and hint; anything else is a bug. */
  check(): Promise<GateAnswer> | GateAnswer;
}

export type GateReport = { readonly gate: string } & GateAnswer;

/** Runs all of them, also after one has refused: whoever mends one thing learns of the others at once. */
export async function runGates(gates: readonly Gate[]): Promise<GateReport[]> {
  const reports: GateReport[] = [];
  for (const gate of gates) reports.push({ gate: gate.name, ...(await answerOf(gate)) });
  return reports;
}

async function answerOf(gate: Gate): Promise<GateAnswer> {
  try {
    return await gate.check();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'CANCELLED') throw error;
    return { ok: false, reason: error.message, evidence: { code: error.code }, fix: error.hint };
  }
}

/** @throws PLAN_REFUSED with every refusal; the hint is the first one's fix */
export function requireGates(what: string, reports: readonly GateReport[]): void {
  const refused = reports.filter((report) => !report.ok);
  if (refused.length === 0) return;
  const reasons = refused.map(({ gate, reason }) => `${gate}: ${reason}`).join('; ');
  throw new HoldfastError('PLAN_REFUSED', `${what}: ${reasons}`, {
    hint: refused[0]!.fix,
    details: { gates: reports },
  });
}
