// The addresses that a source's settings name, as they are now.

import { type HoldfastError, isHoldfastError } from '@holdfast/core';
import { expandAddresses, readAddressFile, type Target } from './addresses.ts';
import type { ShellySettings } from './settings.ts';

/** The configured addresses; a file that cannot be read any more leaves those it had. */
export function listedTargets({ addresses, addressFile, fileAddresses = [] }: ShellySettings): {
  targets: Target[];
  problem: HoldfastError | undefined;
} {
  if (addressFile === undefined) return { targets: expandAddresses(addresses), problem: undefined };
  try {
    return { targets: expandAddresses([...addresses, ...readAddressFile(addressFile)]), problem: undefined };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    // A file that is gone says nothing new; one that cannot be understood does.
    const gone = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    return {
      targets: expandAddresses([...addresses, ...fileAddresses]),
      problem: gone ? undefined : error,
    };
  }
}
