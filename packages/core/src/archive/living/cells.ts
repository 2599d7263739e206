// Values as archives have them, and as an engine stores them: compared in the one form, written in the other.

import type { StorageForms, StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';

export type Change = (value: StoredValue) => StoredValue;

const narrow: Change = (value) => {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};
const truth: Change = (value) => {
  const number = narrow(value);
  return number === 1 ? true : number === 0 ? false : value;
};

/** A stored value, read with integers as bigint, as an archive would have it. */
export function exactOf({ kind }: ColumnSpec, forms: StorageForms): Change {
  switch (kind) {
    case 'bool':
      return truth;
    case 'bigint':
      return (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value);
    case 'int':
      return narrow;
    case 'real':
      return (value) => (typeof value === 'bigint' ? Number(value) : value);
    case 'instant': {
      const decode = forms.instant?.decode;
      if (typeof decode !== 'function') return narrow;
      return (value) => (typeof value === 'string' ? asInstant(decode, value) : value);
    }
    default:
      return (value) => value;
  }
}

/** What is no instant comes as the engine's word for it. */
function asInstant(decode: (stored: never) => unknown, text: string): StoredValue {
  try {
    return decode(text as never) as number;
  } catch {
    return text;
  }
}

/** A value of an archive as the engine stores it. */
export function storedOf({ kind }: ColumnSpec, forms: StorageForms): Change {
  const encode = forms[kind]?.encode;
  if (kind === 'bool')
    return encode === undefined
      ? (value) => value
      : (value) => (typeof value === 'boolean' ? Number(value) : value);
  if (typeof encode !== 'function') return (value) => value;
  return (value) => (typeof value === 'number' ? encode(value as never) : value);
}

export function sameCell(one: StoredValue, other: StoredValue): boolean {
  if (one === other) return true;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  return Number.isNaN(one) && Number.isNaN(other);
}

export const pick = (row: StoredRow, places: readonly number[]): StoredRow =>
  places.map((place) => row[place]!);
