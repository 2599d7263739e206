// JSON as the product writes it: keys in another order in each answer, booleans as 0 and 1, and fast for long lists.
import { type Random, shuffled } from '../../random.ts';

/** What answers are made of. Undefined fields are left out, booleans become 0 or 1. */
export type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json };

/** One object of a list. */
export type Row = { [key: string]: Json };

/** Rows that are turned into text at once: enough to be fast, few enough to stay small. */
const chunkRows = 1000;

// One order for each set of keys: objects of one kind then share a hidden class, which is what makes long lists fast.
const makeReorder = (random: Random): ((value: Json) => Json) => {
  const orders = new Map<string, string[]>();
  const reorder = (value: Json): Json => {
    if (value === true) return 1;
    if (value === false) return 0;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map(reorder);
    const fields = value as Row;
    const keys = Object.keys(fields);
    const kind = keys.join('\n');
    let order = orders.get(kind);
    if (order === undefined) {
      order = shuffled(keys, random);
      orders.set(kind, order);
    }
    const copy: Row = {};
    for (const key of order) {
      const field = fields[key];
      copy[key] = typeof field === 'string' || typeof field === 'number' ? field : reorder(field);
    }
    return copy;
  };
  return reorder;
};

const listChunks = (rows: readonly Json[], reorder: (value: Json) => Json): Buffer[] => {
  const chunks: Buffer[] = [Buffer.from('[')];
  for (let at = 0; at < rows.length; at += chunkRows) {
    const text = JSON.stringify(rows.slice(at, at + chunkRows).map(reorder));
    chunks.push(Buffer.from(at === 0 ? text.slice(1, -1) : `,${text.slice(1, -1)}`));
  }
  chunks.push(Buffer.from(']'));
  return chunks;
};

/** Writes an answer's envelope as UTF-8. The order of lists stays; numbers that JSON lacks become null. */
export const encodeJson = (envelope: Row, random: Random): Buffer => {
  const reorder = makeReorder(random);
  const chunks: Buffer[] = [];
  for (const key of shuffled(Object.keys(envelope), random)) {
    chunks.push(Buffer.from(`${chunks.length === 0 ? '{' : ','}${JSON.stringify(key)}:`));
    const value = envelope[key];
    if (Array.isArray(value)) chunks.push(...listChunks(value as readonly Json[], reorder));
    else chunks.push(Buffer.from(JSON.stringify(reorder(value) ?? null)));
  }
  chunks.push(Buffer.from('}'));
  return Buffer.concat(chunks);
};
