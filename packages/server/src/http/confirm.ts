// Consent to what cannot be taken back and is no plan: bound to what it would do, as a digest of that.

import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/core';

export const confirmOf = (...what: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);

/** @throws CONSENT_MISSING with what to send, CONSENT_MISMATCH where it would do something else by now */
export function requireConfirm(
  given: string | undefined,
  wanted: string,
  effect: string,
  details: Readonly<Record<string, unknown>>,
): void {
  if (given === wanted) return;
  const told = { details: { confirm: wanted, ...details }, hint: 'Look at it, and repeat with this confirm' };
  throw given === undefined
    ? new HoldfastError('CONSENT_MISSING', effect, told)
    : new HoldfastError(
        'CONSENT_MISMATCH',
        `what was agreed to is not what would be done now: ${effect}`,
        told,
      );
}
