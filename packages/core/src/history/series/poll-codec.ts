// A poll: what one sweep saw of the gauges of many records, row by row. It is written in every sweep and lives for an
// hour or so, so it is made to be cheap rather than small.

import { z } from 'zod';
import { isHoldfastError } from '../../errors.ts';
import type { Instant } from '../../schema/instant.ts';
import { type BlockMetric, state } from './block.ts';
import { compress, decompress, unsound } from './bytes.ts';

export interface Poll {
  readonly metrics: readonly BlockMetric[];
  readonly records: readonly string[];
  /** One of `state` for each record and metric, record by record. */
  readonly states: Uint8Array;
  /** The values in the same order; those of 64-bit integers are seen as such through `wideView`. */
  readonly values: Float64Array;
}

/** A poll and its instant. */
export interface TimedPoll extends Poll {
  readonly at: Instant;
}

export const wideView = (values: Float64Array): BigInt64Array =>
  new BigInt64Array(values.buffer, values.byteOffset, values.length);

const header = z.object({
  metrics: z.array(z.object({ name: z.string(), wide: z.boolean() })),
  records: z.array(z.string()),
});

/** The length of the header, the header as JSON, states, values; all of it compressed. */
function encodePoll({ metrics, records, states, values }: Poll): Uint8Array {
  const named = metrics.map(({ name, wide }) => ({ name, wide }));
  const head = Buffer.from(JSON.stringify({ metrics: named, records }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return compress(Buffer.concat([length, head, states, bytes]), 1);
}

/** @throws DATA_UNSOUND for bytes that are no poll */
export function decodePoll(bytes: Uint8Array): Poll {
  try {
    const all = decompress(bytes);
    const headEnd = 4 + all.readUInt32LE(0);
    const { metrics, records } = header.parse(JSON.parse(all.toString('utf8', 4, headEnd)));
    const cells = metrics.length * records.length;
    if (all.length !== headEnd + cells * 9) throw unsound(`${cells} cells do not fill it`);
    // Copied, since doubles begin at a multiple of eight.
    const values = new Float64Array(cells);
    Buffer.from(values.buffer).set(all.subarray(headEnd + cells));
    return { metrics, records, states: all.subarray(headEnd, headEnd + cells), values };
  } catch (error) {
    throw isHoldfastError(error) ? error : unsound((error as Error).message, error);
  }
}

/** Records of a poll. Each is compressed as soon as it is full, so that little is left for the end of a sweep. */
export const recordsOfPoll = 256;

/** Cells of records as they come, until it is full. Encoded, it can be filled again. */
export class PollBuilder {
  readonly metrics: readonly BlockMetric[];
  readonly states: Uint8Array;
  readonly values: Float64Array;
  readonly wide: BigInt64Array;
  #records: string[] = [];

  constructor(metrics: readonly BlockMetric[]) {
    this.metrics = metrics;
    this.states = new Uint8Array(recordsOfPoll * metrics.length);
    this.values = new Float64Array(this.states.length);
    this.wide = wideView(this.values);
  }

  get records(): number {
    return this.#records.length;
  }

  /** Adds a record, all of its cells absent. @returns where they begin */
  add(record: string): number {
    const at = this.#records.length * this.metrics.length;
    this.#records.push(record);
    this.states.fill(state.absent, at, at + this.metrics.length);
    this.values.fill(0, at, at + this.metrics.length);
    return at;
  }

  /** The poll so far; the builder is empty then. */
  encode(): Uint8Array {
    const records = this.#records;
    this.#records = [];
    const cells = records.length * this.metrics.length;
    const { metrics } = this;
    const states = this.states.subarray(0, cells);
    return encodePoll({ metrics, records, states, values: this.values.subarray(0, cells) });
  }
}
