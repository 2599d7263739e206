// Consent is for one plan, and for a while.

import { expect, test } from 'vitest';
import { type Consent, giveConsent, requireConsent } from './consent.ts';
import { makePlan } from './shape.ts';

const planOf = (subject: number) =>
  makePlan({ kind: 'test', title: 'It', steps: [], subject: { subject } }, { at: 0 });
const minute = 60_000_000;
const given = giveConsent(planOf(1), { by: 'ann', via: 'cli', at: minute });

test('given for this plan, it holds for a quarter of an hour', () => {
  expect(given).toEqual({ hash: planOf(1).hash, by: 'ann', via: 'cli', at: minute, expiresAt: 16 * minute });
  for (const at of [minute, 16 * minute - 1])
    expect(() => requireConsent(planOf(1), given, at)).not.toThrow();
});

test.each<[string, number, Consent | undefined, string]>([
  ['none', minute, undefined, 'CONSENT_MISSING'],
  [
    'one for another plan',
    minute,
    giveConsent(planOf(2), { by: 'ann', via: 'cli', at: minute }),
    'CONSENT_MISMATCH',
  ],
  ['one that ran out', 16 * minute, given, 'CONSENT_EXPIRED'],
  ['one from the future', minute - 1, given, 'CONSENT_EXPIRED'],
])('%s is refused by name', (_, at, consent, code) => {
  expect(() => requireConsent(planOf(1), consent, at)).toThrow(expect.objectContaining({ code, exit: 3 }));
});
