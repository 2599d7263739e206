// The two copies of the key slots. They change one after the other, so that one is whole whatever happens meanwhile.

import { z } from 'zod';
import { HoldfastError } from '../../errors.ts';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { mostSlots, type Slot, slotSchema } from '../crypto/slots.ts';
import { corrupt } from './failures.ts';
import { asBuffer, hashLength } from './layout.ts';
import { leafOf } from './merkle.ts';

/** Room for some slots more than an archive begins with. */
const leastReserve = 2048;
const headLength = 8;
const endLength = 2 * hashLength;

export interface SlotCopy {
  /** Counts up with each change. */
  readonly generation: number;
  readonly slots: readonly Slot[];
  /** Slots of kinds that this version does not know, which it passes over. */
  readonly unknown: number;
  /** What `mac` authenticates. */
  readonly authenticated: Uint8Array;
  readonly mac: Uint8Array;
}

/** Bytes that each copy takes in an archive that begins with these slots. */
export const slotsLengthFor = (slots: readonly Slot[]): number =>
  Math.max(leastReserve, 2 * (headLength + Buffer.byteLength(canonicalJson(slots)) + endLength));

/** @throws ARCHIVE_LIMIT where the slots do not fit */
export function encodeSlots(
  slots: readonly Slot[],
  generation: number,
  length: number,
  authenticate: (bytes: Uint8Array) => Uint8Array,
): Buffer {
  const json = Buffer.from(canonicalJson(slots));
  const room = length - headLength - endLength;
  if (json.length > room || slots.length > mostSlots)
    throw new HoldfastError(
      'ARCHIVE_LIMIT',
      `${slots.length} key slots take ${json.length} bytes of ${room}: remove one first`,
    );
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(generation, 0);
  bytes.writeUInt32LE(json.length, 4);
  json.copy(bytes, headLength);
  const macAt = length - endLength;
  bytes.set(authenticate(bytes.subarray(0, macAt)), macAt);
  bytes.set(leafOf(bytes.subarray(0, macAt + hashLength)), macAt + hashLength);
  return bytes;
}

const listSchema = z.array(z.looseObject({ kind: z.string() })).max(mostSlots);
const known = new Set<string>(slotSchema.options.map(({ shape }) => shape.kind.value));

/** @throws ARCHIVE_CORRUPT */
export function decodeSlots(given: Uint8Array): SlotCopy {
  const bytes = asBuffer(given);
  const macAt = bytes.length - endLength;
  if (macAt < headLength) throw corrupt('its key slots have no room');
  const end = macAt + hashLength;
  if (!bytes.subarray(end).equals(leafOf(bytes.subarray(0, end))))
    throw corrupt('its key slots do not have their hash');
  const length = bytes.readUInt32LE(4);
  if (length > macAt - headLength) throw corrupt('its key slots are longer than their room');
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', headLength, headLength + length));
  } catch (cause) {
    throw corrupt('its key slots are not JSON', cause);
  }
  const list = listSchema.safeParse(parsed);
  const mine = list.data?.filter(({ kind }) => known.has(kind));
  const slots = z.array(slotSchema).safeParse(mine);
  if (!list.success || !slots.success) throw corrupt('its key slots are unsound');
  return {
    generation: bytes.readUInt32LE(0),
    slots: slots.data,
    unknown: list.data.length - slots.data.length,
    authenticated: bytes.subarray(0, macAt),
    mac: bytes.subarray(macAt, end),
  };
}

/**
 * The newer of two copies, or the one that is whole. @throws ARCHIVE_CORRUPT where neither is
 * @returns also which one it is, and whether both are whole and the same
 */
export function chooseSlots(
  first: Uint8Array,
  second: Uint8Array,
): { copy: SlotCopy; chosen: number; intact: boolean } {
  const copies = [first, second].map((bytes) => {
    try {
      return decodeSlots(bytes);
    } catch (error) {
      return error as HoldfastError;
    }
  });
  const whole = copies.filter((copy): copy is SlotCopy => !(copy instanceof Error));
  if (whole.length === 0) throw copies[0];
  const copy = whole.reduce((a, b) => (b.generation > a.generation ? b : a));
  return { copy, chosen: copies.indexOf(copy), intact: asBuffer(first).equals(second) };
}
