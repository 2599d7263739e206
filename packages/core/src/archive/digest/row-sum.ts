// The sum of the SHA-256 digests of many messages: four at a time where the machine can, one by one where it cannot.

import { hash } from 'node:crypto';
import { sha256Module } from './sha256-module.ts';

const pageSize = 65_536;
const pages = 17;
/** Bytes of messages that wait for others of their length. */
const room = 16 * pageSize;
/** Places in memory behind the messages: of the digests of four. */
const digestsAt = room;
const blockSize = 64;
const words = 8;
/** Blocks of the longest message that waits; longer ones are hashed alone, which then costs no more. */
const mostBlocks = 64;

type HashFour = (at0: number, at1: number, at2: number, at3: number, blocks: number, out: number) => void;

/** Of the platform; the library's types know it only of browsers. */
interface Platform {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
  };
}

interface Machine {
  readonly bytes: Buffer;
  readonly hashFour: HashFour | undefined;
}

/** Where there is no WebAssembly, or none with vectors, everything is hashed alone. */
function makeMachine(): Machine {
  try {
    const { WebAssembly } = globalThis as unknown as Platform;
    const memory = new WebAssembly.Memory({ initial: pages });
    const module = new WebAssembly.Module(sha256Module(pages));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { bytes: Buffer.from(memory.buffer), hashFour: exports['hash'] as HashFour };
  } catch {
    return { bytes: Buffer.alloc(pages * pageSize), hashFour: undefined };
  }
}

let shared: Machine | undefined;
const alone: Machine = { bytes: Buffer.alloc(0), hashFour: undefined };
const modulus = 1n << 256n;

/**
 * Adds up digests, as numbers of 256 bits, the first byte the most significant. Messages are written into `bytes` and
 * then announced with `add`. The memory is shared: only one sum is made at a time, without a pause in between.
 */
export class RowSum {
  /** Where messages are written. */
  readonly bytes: Buffer;
  /** End of what a message may take. */
  readonly limit: number = room - blockSize * 2;
  readonly #hashFour: HashFour | undefined;
  readonly #digests: Uint32Array;
  /** Of each number of blocks, up to three messages that wait for a fourth: where they begin and their lengths. */
  readonly #waiting: { readonly at: number[]; readonly length: number[] }[] = [];
  readonly #sums = new Float64Array(words);
  #at = 0;
  #summed = 0;
  #total = 0n;

  /** @param lanes whether four may be hashed at a time @default true */
  constructor(lanes = true) {
    shared ??= makeMachine();
    this.bytes = shared.bytes;
    this.#hashFour = (lanes ? shared : alone).hashFour;
    this.#digests = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset + digestsAt, words * 4);
  }

  /** Where the next message goes. */
  get at(): number {
    return this.#at;
  }

  /** Whether messages before the next one take room that they could give back. */
  get crowded(): boolean {
    return this.#at > 0;
  }

  /** Takes the message from `at` to `end`. */
  add(end: number): void {
    const length = end - this.#at;
    const blocks = (length + 9 + blockSize - 1) >> 6;
    if (this.#hashFour === undefined || blocks > mostBlocks) {
      this.addAlone(this.bytes.subarray(this.#at, end));
      return;
    }
    const next = this.#at + blocks * blockSize;
    const { bytes } = this;
    bytes[end] = 0x80;
    // At most 71 bytes: a call of the platform takes longer.
    for (let index = end + 1; index < next - 4; index++) bytes[index] = 0;
    const bits = length * 8;
    bytes[next - 4] = bits >>> 24;
    bytes[next - 3] = bits >>> 16;
    bytes[next - 2] = bits >>> 8;
    bytes[next - 1] = bits;
    let waiting = this.#waiting[blocks];
    if (waiting === undefined) {
      waiting = { at: [], length: [] };
      this.#waiting[blocks] = waiting;
    }
    const { at, length: lengths } = waiting;
    at.push(this.#at);
    lengths.push(length);
    this.#at = next;
    if (at.length === 4) {
      this.#hashFour(at[0]!, at[1]!, at[2]!, at[3]!, blocks, digestsAt);
      const [sums, digests] = [this.#sums, this.#digests];
      for (let word = 0; word < words; word++) {
        const from = word * 4;
        sums[word]! += digests[from]! + digests[from + 1]! + digests[from + 2]! + digests[from + 3]!;
      }
      this.#summed += 4;
      at.length = 0;
      lengths.length = 0;
    }
    if (this.#at > this.limit) this.flush();
  }

  /** Takes a message that is too long to wait. */
  addAlone(message: Uint8Array): void {
    this.#total += BigInt(`0x${hash('sha256', message, 'hex')}`);
  }

  /** Hashes what waits, so that all room is free again. */
  flush(): void {
    for (const { at, length } of this.#waiting.filter((each) => each !== undefined)) {
      for (const [index, start] of at.entries())
        this.addAlone(this.bytes.subarray(start, start + length[index]!));
      at.length = 0;
      length.length = 0;
    }
    this.#at = 0;
    // Far from where doubles lose digits: 2^21 sums of 32 bits.
    if (this.#summed > 1_000_000) this.#carry();
  }

  /** The sum of all digests. */
  finish(): bigint {
    this.flush();
    this.#carry();
    return this.#total % modulus;
  }

  #carry(): void {
    for (let word = 0; word < words; word++)
      this.#total += BigInt(this.#sums[word]!) << BigInt(32 * (words - 1 - word));
    this.#sums.fill(0);
    this.#summed = 0;
  }
}
