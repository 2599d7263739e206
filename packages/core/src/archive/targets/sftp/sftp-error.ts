// What an SSH server, or the network before it, answers, as an error of the table.

import { type ErrorCode, HoldfastError, isHoldfastError } from '../../../errors.ts';

/** Status codes of the protocol. */
const statuses: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  2: ['TARGET_NOT_FOUND', 'it is not there'],
  3: ['TARGET_FORBIDDEN', 'the user may not do that there'],
  6: ['TARGET_UNREACHABLE', 'there is no connection'],
  7: ['TARGET_UNREACHABLE', 'the connection was lost'],
  8: ['TARGET_FAILED', 'the server cannot do that'],
};

/** @param name of the file; empty for the folder or the server itself */
export function sftpError(place: string, name: string, error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  const { code, message, level } = error as Error & { code?: number | string; level?: string };
  const what = name === '' ? place : `${place}: ${name}`;
  const raise = (known: ErrorCode, words: string) =>
    new HoldfastError(known, `${what}: ${words}`, { cause: error });
  if (level === 'client-authentication')
    return raise('TARGET_AUTH', 'the server takes neither the password nor the key');
  if (typeof code === 'number') {
    const [known, words] = statuses[code] ?? (['TARGET_FAILED', `the server says: ${message}`] as const);
    return raise(known === 'TARGET_NOT_FOUND' && name === '' ? 'TARGET_MISSING' : known, words);
  }
  if (/passphrase|private key|Unsupported key format|decrypt/i.test(message))
    return raise('TARGET_AUTH', `the private key cannot be used: ${message}`);
  return raise('TARGET_UNREACHABLE', message);
}
