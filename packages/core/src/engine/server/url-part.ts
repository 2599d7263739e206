// A part of a server's URL, its percent-encoding taken off.

import { HoldfastError } from '../../errors.ts';

/** @throws URL_INVALID */
export function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HoldfastError('URL_INVALID', 'the URL has a % that begins no percent-encoded sign', {
      hint: 'Write a % as %25',
    });
  }
}
