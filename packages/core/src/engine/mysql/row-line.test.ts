// Rows from the line, however it cuts them.

import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowLine } from './row-line.ts';
import type { Wire } from './wire.ts';

/** What has to follow a packet of this length. */
const unfinished = 0xff_ffff;

/** Content as the server sends it. */
function packets(content: Buffer, first: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, number = first; ; at += unfinished, number++) {
    const part = content.subarray(at, at + unfinished);
    const head = Buffer.alloc(4);
    head.writeUIntLE(part.length, 0, 3);
    head[3] = number;
    parts.push(head, part);
    if (part.length < unfinished) return parts;
  }
}

/** @returns contents of rows, and of what went to the driver, in the order in which they came */
function taken(chunks: readonly Buffer[]) {
  const stream = new EventEmitter();
  const found: [string, Buffer][] = [];
  let begun = false;
  const theirs = (packet: Buffer): void => {
    found.push(['theirs', packet.subarray(4)]);
    expect(wire.sequenceId).toBe(packet[3]);
    begun = true;
  };
  stream.on('data', theirs);
  const wire = { stream, sequenceId: 0 } as unknown as Wire;
  const line = new RowLine(
    wire,
    () => begun,
    ({ bytes, rows }) => found.push([`${rows} rows`, Buffer.from(bytes)]),
  );
  // Each of them is a buffer of its own, and is given back.
  for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
  line.release();
  expect(stream.listeners('data')).toEqual([theirs]);
  return found;
}

/** Without the heads of packets. */
function contents(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  expect(at).toBe(bytes.length);
  return found;
}

test('wherever the line cuts, rows come whole, and what is none goes to the driver', () => {
  const rowsOf = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });
  fc.assert(
    fc.property(rowsOf, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (given, cuts) => {
      const rows = given.map((each) => Buffer.concat([Buffer.of(0), each]));
      const end = Buffer.of(0xfe, 0, 0, 2, 0);
      const all = Buffer.concat([Buffer.of(8), ...rows, end].flatMap((each, at) => packets(each, at & 255)));
      const chunks: Buffer[] = [];
      for (let at = 0, cut = 0; at < all.length; cut++) {
        const size = cuts[cut % cuts.length]!;
        chunks.push(all.subarray(at, at + size));
        at += size;
      }
      const found = taken(chunks);
      expect(found[0]).toEqual(['theirs', Buffer.of(8)]);
      expect(found.at(-1)).toEqual(['theirs', end]);
      const between = found.slice(1, -1);
      expect(between.map(([what]) => what)).toEqual(rows.length === 0 ? [] : [`${rows.length} rows`]);
      for (const [, bytes] of between)
        expect(
          contents(
            bytes,
            rows.map(({ length }) => length),
          ),
        ).toEqual(rows);
    }),
  );
});

test.each([unfinished - 1, unfinished, unfinished + 1, 2 * unfinished, 2 * unfinished + 5])(
  'a row of %d bytes is one',
  (length) => {
    const large = Buffer.alloc(length, 7);
    large[0] = 0;
    const small = Buffer.of(0, 1, 2);
    const all = Buffer.concat([Buffer.of(8), small, large, small].flatMap((each, at) => packets(each, at)));
    const chunks = Array.from({ length: Math.ceil(all.length / 999_983) }, (_, at) =>
      all.subarray(at * 999_983, (at + 1) * 999_983),
    );
    const [, ...found] = taken([...chunks, ...packets(Buffer.of(0xff, 1), 9)]);
    expect(found.at(-1)).toEqual(['theirs', Buffer.of(0xff, 1)]);
    const bytes = Buffer.concat(found.slice(0, -1).map(([, each]) => each));
    const [first, second, third] = contents(bytes, [3, length, 3]);
    expect([first, third]).toEqual([small, small]);
    expect(second!.equals(large)).toBe(true);
  },
);
