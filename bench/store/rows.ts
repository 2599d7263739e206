// Made-up rows of about 120 bytes: a large number as key, three short texts, an instant, a real, a sentence,
// a blob that is mostly null, a flag and a small JSON object.

import type { Event } from './table.ts';

const firstId = 1_000_000_000_000;
const kinds = ['vm.start', 'vm.stop', 'backup', 'migrate', 'resize', 'snapshot', 'clone'] as const;
const statuses = ['ok', 'warning', 'failed', 'running'] as const;
const words = 'the disk of this guest was moved to another storage while it kept running for hours'.split(
  ' ',
);

export const idOf = (index: number): number => firstId + index * 7;

/** Row number `index`; another revision has the same key and other values. */
export function makeRow(index: number, revision = 0): Event {
  const mixed = (Math.imul(index + 1, 2_654_435_761) + Math.imul(revision, 97)) >>> 0;
  return {
    id: idOf(index),
    source: `cluster-${mixed % 40}`,
    kind: kinds[mixed % kinds.length]!,
    status: statuses[(mixed >>> 4) % statuses.length]!,
    at: 1_767_225_600_000_000 + index * 1_000_003 + revision,
    // Never whole. Sixteenths: mysql2 reads other fractions of its text protocol without their last digit.
    value: ((mixed % 1_000_003) * 2 + 1) / 16,
    message: sentence(mixed),
    payload: index % 10 === 0 ? payload(mixed) : null,
    enabled: mixed % 3 !== 0,
    labels: { team: `team-${mixed % 23}`, tier: mixed % 5 },
  };
}

export const makeRows = (count: number, revision = 0): Event[] =>
  Array.from({ length: count }, (_, index) => makeRow(index, revision));

/** Row numbers in a fixed disorder. */
export const scattered = (count: number, among: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.imul(index + 1, 2_654_435_761) >>> 0).map(
    (value) => value % among,
  );

function sentence(mixed: number): string {
  let text = `${mixed}:`;
  for (let at = mixed % 7; text.length < 58; at++) text += ` ${words[at % words.length]}`;
  return text;
}

function payload(mixed: number): Uint8Array {
  const bytes = new Uint8Array(24);
  new DataView(bytes.buffer).setUint32(0, mixed);
  return bytes;
}
