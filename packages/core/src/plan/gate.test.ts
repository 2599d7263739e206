// Gates: all are asked, and all refusals told.

import { expect, test } from 'vitest';
import { HoldfastError } from '../errors.ts';
import { type Gate, requireGates, runGates } from './gate.ts';

const open: Gate = { name: 'open', check: () => ({ ok: true, evidence: { rows: 1 } }) };
const shut: Gate = {
  name: 'shut',
  check: () => ({ ok: false, reason: 'two later changes', evidence: ['a', 'b'], fix: 'holdfast undo b' }),
};

test('where all are open, it goes on', async () => {
  const reports = await runGates([open]);
  expect(reports).toEqual([{ gate: 'open', ok: true, evidence: { rows: 1 } }]);
  expect(() => requireGates('it', reports)).not.toThrow();
});

test('every refusal is told, those after the first too, with evidence and the first fix', async () => {
  const late: Gate = {
    name: 'late',
    check: () => Promise.reject(new HoldfastError('DISK_FULL', 'no room', { hint: 'make room' })),
  };
  const reports = await runGates([open, shut, late]);
  expect(() => requireGates('it', reports)).toThrow(
    expect.objectContaining({
      code: 'PLAN_REFUSED',
      exit: 3,
      message: 'it: shut: two later changes; late: no room',
      hint: 'holdfast undo b',
      details: { gates: reports },
    }),
  );
  expect(reports[2]).toEqual({
    ...{ gate: 'late', ok: false, reason: 'no room', fix: 'make room' },
    evidence: { code: 'DISK_FULL' },
  });
});

test.each([new TypeError('x is undefined'), new HoldfastError('CANCELLED', 'stopped')])(
  'a bug or a cancellation is no refusal',
  async (error) => {
    const broken: Gate = { name: 'broken', check: () => Promise.reject(error) };
    await expect(runGates([broken])).rejects.toBe(error);
  },
);
