// MAC addresses as keys: twelve hexadecimal digits, upper case, without separators.

import { str } from '../decode.ts';

/** Undefined for what is no MAC of a device: other lengths, other letters, all zeros, all ones. */
export function normaliseMac(value: unknown): string | undefined {
  const mac = str(value)
    ?.replaceAll(/[:.\s-]/g, '')
    .toUpperCase();
  if (mac === undefined || !/^[0-9A-F]{12}$/.test(mac)) return undefined;
  return mac === '000000000000' || mac === 'FFFFFFFFFFFF' ? undefined : mac;
}
