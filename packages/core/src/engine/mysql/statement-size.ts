// The server takes statements up to max_allowed_packet bytes, and hangs up on longer ones.

import { HoldfastError } from '../../errors.ts';
import { capabilities } from './dialect.ts';
import type { Parameter } from './values.ts';

/** What a value needs beside its text, and a statement beside its values, in bytes. */
const [perValue, envelope] = [12, 1_024];

export function fits(values: readonly Parameter[], maxPacket: number): boolean {
  const room = maxPacket - envelope;
  // Most are far from it: three bytes for each sign is the most there can be.
  return bytesOf(values, ({ length }) => length * 3) <= room || bytesOf(values, Buffer.byteLength) <= room;
}

function bytesOf(values: readonly Parameter[], ofText: (text: string) => number): number {
  let bytes = values.length * perValue;
  for (const value of values)
    if (typeof value === 'string') bytes += ofText(value);
    else if (typeof value === 'object' && value !== null) bytes += value.length;
  return bytes;
}

/** @throws QUERY_INVALID */
export function checkSize(sql: string, values: readonly Parameter[], maxPacket: number): void {
  const { maxParameters } = capabilities;
  if (values.length > maxParameters)
    throw new HoldfastError('QUERY_INVALID', 'the query has more values than a statement can carry', {
      hint: `Ask in several parts of at most ${maxParameters.toLocaleString('en')} values`,
    });
  if (!fits(values, maxPacket) || !fits([sql], maxPacket))
    throw new HoldfastError(
      'QUERY_INVALID',
      `the statement is larger than the ${maxPacket.toLocaleString('en')} bytes that the server takes`,
      { hint: 'SET GLOBAL max_allowed_packet = 1073741824; on the server, or store smaller values' },
    );
}
