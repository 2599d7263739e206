// JSON that an archive takes in: what has no JSON text is named, instead of breaking off somewhere inside.

import { HoldfastError } from '../../errors.ts';
import { canonicalJson } from '../../schema/canonical-json.ts';

/** With members in order of their names. @throws RECORD_INVALID */
export const canonicalBytes = (value: unknown, what: string): Buffer => jsonBytes(value, what, canonicalJson);

/** @throws RECORD_INVALID for undefined, a function, a bigint or a cycle */
export function jsonBytes(
  value: unknown,
  what: string,
  stringify: (value: unknown) => string | undefined = JSON.stringify,
): Buffer {
  let text: string | undefined;
  try {
    text = stringify(value);
  } catch (cause) {
    throw new HoldfastError('RECORD_INVALID', `${what} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) throw new HoldfastError('RECORD_INVALID', `${what} is no JSON`);
  return Buffer.from(text);
}
