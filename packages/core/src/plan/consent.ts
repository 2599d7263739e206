// Consent: somebody agrees to exactly one plan, for a while.

import { HoldfastError } from '../errors.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { Plan } from './shape.ts';

export interface Consent {
  /** Of the plan that was shown. */
  readonly hash: string;
  readonly by: string;
  /** `cli`, `api`, `schedule` */
  readonly via: string;
  readonly at: Instant;
  readonly expiresAt: Instant;
}

export interface ConsentOptions {
  readonly by: string;
  readonly via: string;
  readonly at?: Instant;
  /** @default 15 minutes */
  readonly validForMs?: number;
}

/** Agrees to a plan that was shown. */
export const giveConsent = (
  { hash }: Pick<Plan, 'hash'>,
  { by, via, at = now(), validForMs = 900_000 }: ConsentOptions,
): Consent => ({ hash, by, via, at, expiresAt: at + validForMs * 1000 });

/** @throws CONSENT_MISSING, CONSENT_MISMATCH for another plan's, CONSENT_EXPIRED */
export function requireConsent(
  plan: Plan,
  consent: Consent | undefined,
  at: Instant,
): asserts consent is Consent {
  const { title, hash } = plan;
  const details = { hash };
  if (consent === undefined)
    throw new HoldfastError('CONSENT_MISSING', `nobody has agreed to this yet: ${title}`, { details });
  if (consent.hash !== hash)
    throw new HoldfastError(
      'CONSENT_MISMATCH',
      `${consent.by} agreed to another plan than this one: ${title}`,
      {
        details: { ...details, consented: consent.hash },
      },
    );
  // A consent from the future is a clock that was set back: how old it is cannot be said.
  if (at >= consent.expiresAt || at < consent.at)
    throw new HoldfastError(
      'CONSENT_EXPIRED',
      `${consent.by} agreed at ${formatInstant(consent.at)}, until ${formatInstant(consent.expiresAt)}: ${title}`,
      { details },
    );
}
