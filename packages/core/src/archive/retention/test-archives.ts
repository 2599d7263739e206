// Archives for tests: plausible sets of them, as a schedule and its accidents leave them.

import fc from 'fast-check';
import { parseInstant } from '../../schema/instant.ts';
import { type ArchiveFacts, type ArchiveType, dataClasses } from './facts.ts';

export const hour = 3_600_000_000;
export const day = 24 * hour;

export function archive(id: string, at: string | number, facts: Partial<ArchiveFacts> = {}): ArchiveFacts {
  const type = facts.type ?? (facts.baseId ? 'incremental' : 'full');
  return {
    ...{ id, type, baseId: null, timeline: 'one', proven: false, dataClasses, bytes: 1_000 },
    at: typeof at === 'number' ? at : parseInstant(at),
    ...facts,
  };
}

/** Sets with broken chains, several timelines, clocks that step, in any order. */
export const someArchives: fc.Arbitrary<ArchiveFacts[]> = fc
  .array(
    fc.record({
      step: fc.integer({ min: -2 * day, max: 60 * day }),
      type: fc.constantFrom<ArchiveType>('full', 'incremental', 'incremental', 'differential', 'segment'),
      back: fc.integer({ min: 1, max: 5 }),
      lost: fc.integer({ min: 0, max: 15 }),
      proven: fc.boolean(),
      pinned: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      timeline: fc.constantFrom('one', 'one', 'two'),
      dataClasses: fc.subarray([...dataClasses], { minLength: 1 }),
    }),
    { maxLength: 60 },
  )
  .chain((steps) => {
    let at = parseInstant('2024-12-20T00:00:00Z');
    const all = steps.map(({ step, back, lost, type, ...facts }, index): ArchiveFacts => {
      at += step;
      const base = index - back;
      const kind = base < 0 ? 'full' : type;
      const baseId = kind === 'full' ? null : lost === 0 ? 'lost' : `a${base}`;
      return { ...facts, id: `a${index}`, type: kind, baseId, at, bytes: 1 };
    });
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });
