// A prepared statement with its values, as one packet: written once, at its place.

import type { StoredValue } from '../../schema/codec.ts';
import { types } from './decode-row.ts';
import type { OutgoingPacket } from './wire.ts';

/** Bytes of a packet before its content, and of its content before the values, or the types of an array. */
const [header, fixedBytes, arrayBytes] = [4, 10, 7];
const [command, arrayCommand] = [0x17, 0xfa];
/** Types of the values are in the packet. */
const withTypes = 0x80;
/** Signs up to which writing one by one is faster than asking the runtime. */
const fewSigns = 24;
/** Signs from which on it is worth while to count the bytes of a text. */
const longText = 64;
/** The longest number before a text, in bytes. */
export const longestPrefix = 9;

export class StatementPacket implements OutgoingPacket {
  readonly buffer: Buffer;

  /** @param buffer begun by `beginStatement`, as long as it has been written */
  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** @param id of the prepared statement, as the server numbers it */
  static of(id: number, values: readonly StoredValue[]): StatementPacket {
    const count = values.length;
    const { buffer, map, type: firstType, end: first } = beginStatement(count, roomFor(values));
    let end = first;
    for (let index = 0, type = firstType; index < count; index++, type += 2) {
      const value = values[index]!;
      buffer[type + 1] = 0;
      if (value === null) {
        buffer[type] = types.null;
        buffer[map + (index >> 3)]! |= 1 << (index & 7);
      } else if (typeof value === 'string') {
        buffer[type] = types.varString;
        end = writeText(buffer, end, value);
      } else if (typeof value === 'number') {
        if (Number.isSafeInteger(value)) {
          buffer[type] = types.longlong;
          writeWhole(buffer, end, value);
        } else {
          buffer[type] = types.double;
          buffer.writeDoubleLE(value, end);
        }
        end += 8;
      } else if (typeof value === 'boolean') {
        buffer[type] = types.tiny;
        buffer[end++] = value ? 1 : 0;
      } else if (typeof value === 'bigint') {
        buffer[type] = types.longlong;
        buffer.writeBigInt64LE(value, end);
        end += 8;
      } else {
        buffer[type] = types.blob;
        end = writeLength(buffer, end, value.length);
        buffer.set(value, end);
        end += value.length;
      }
    }
    const packet = new StatementPacket(buffer.subarray(0, end));
    packet.id = id;
    return packet;
  }

  /** Of the prepared statement, as the server numbers it. */
  set id(id: number) {
    this.buffer.writeUInt32LE(id, header + 1);
  }

  /** Bytes of its content. */
  length(): number {
    return this.buffer.length - header;
  }

  writeHeader(sequenceId: number): void {
    this.buffer.writeUIntLE(this.length(), 0, 3);
    this.buffer[3] = sequenceId;
  }
}

/** A packet up to its values, whose statement and types are not written yet, and where its parts begin. */
export function beginStatement(
  count: number,
  room: number,
): {
  readonly buffer: Buffer;
  /** The map of nulls, all of them unset. */
  readonly map: number;
  /** Two bytes for each value. */
  readonly type: number;
  /** The values. */
  readonly end: number;
} {
  const map = header + fixedBytes;
  const type = map + ((count + 7) >> 3) + 1;
  const end = count > 0 ? type + count * 2 : map;
  const buffer = Buffer.allocUnsafe(end + room);
  buffer[header] = command;
  // No cursor, one run.
  buffer[header + 5] = 0;
  buffer.writeUInt32LE(1, header + 6);
  if (count > 0) {
    buffer.fill(0, map, type);
    buffer[type - 1] = 1;
  }
  return { buffer, map, type, end };
}

/** The same for an array of rows, each with so many values. */
export function beginArray(
  width: number,
  room: number,
): {
  readonly buffer: Buffer;
  /** Two bytes for each value of a row. */
  readonly type: number;
  /** The values. */
  readonly end: number;
} {
  const type = header + arrayBytes;
  const end = type + width * 2;
  const buffer = Buffer.allocUnsafe(end + room);
  buffer[header] = arrayCommand;
  buffer.writeUInt16LE(withTypes, header + 5);
  return { buffer, type, end };
}

/** At most so many bytes: three for each sign of a short text. */
function roomFor(values: readonly StoredValue[]): number {
  let room = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (typeof value === 'string')
      room += (value.length > longText ? Buffer.byteLength(value) : value.length * 3) + longestPrefix;
    else if (value !== null) room += value instanceof Uint8Array ? value.length + longestPrefix : 8;
  }
  return room;
}

/** The halves of a whole number; the bits of the upper one are those of its two's complement. */
export function writeWhole(buffer: Buffer, at: number, value: number): void {
  const upper = Math.floor(value / 0x1_0000_0000);
  buffer.writeUInt32LE(value - upper * 0x1_0000_0000, at);
  buffer.writeInt32LE(upper, at + 4);
}

export function writeLength(buffer: Buffer, at: number, length: number): number {
  if (length < 0xfb) {
    buffer[at] = length;
    return at + 1;
  }
  if (length <= 0xffff) {
    buffer[at] = 0xfc;
    buffer.writeUInt16LE(length, at + 1);
    return at + 3;
  }
  if (length <= 0xff_ffff) {
    buffer[at] = 0xfd;
    buffer.writeUIntLE(length, at + 1, 3);
    return at + 4;
  }
  buffer[at] = 0xfe;
  buffer.writeBigUInt64LE(BigInt(length), at + 1);
  return at + 9;
}

function writeText(buffer: Buffer, at: number, value: string): number {
  const { length } = value;
  if (length <= fewSigns) {
    let to = at + 1;
    for (let index = 0; index < length; index++) {
      const sign = value.charCodeAt(index);
      if (sign > 127) return writeLong(buffer, at, value);
      buffer[to++] = sign;
    }
    buffer[at] = length;
    return to;
  }
  return writeLong(buffer, at, value);
}

function writeLong(buffer: Buffer, at: number, value: string): number {
  // So short that its length takes one byte whatever its signs are.
  if (value.length * 3 < 0xfb) {
    const written = buffer.write(value, at + 1);
    buffer[at] = written;
    return at + 1 + written;
  }
  const from = writeLength(buffer, at, Buffer.byteLength(value));
  return from + buffer.write(value, from);
}
