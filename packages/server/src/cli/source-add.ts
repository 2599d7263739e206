// What `holdfast source add` does for every domain; the options of each are in a file of its own.

import { HoldfastError, readGiven } from '@holdfast/core';
import { addSource, type NewSource } from '@holdfast/core/system';
import type { Invocation } from './invocation.ts';

/** Stores a source and says what comes next. The store is made where there is none. */
export function storeSource(invocation: Invocation, source: NewSource): Promise<void> {
  const { name, domain, settings } = source;
  return invocation.withStore({ create: true }, async (store) => {
    await addSource(store, source);
    invocation.print({ name, domain, settings }, () =>
      [`Added ${name}.`, `Next: holdfast source test ${name}, then holdfast sync`].join('\n'),
    );
  });
}

/** The password in a file. @throws SETTING_INVALID */
export function readPassword(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readGiven(path).split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    throw new HoldfastError(
      'SETTING_INVALID',
      `--password-file cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}
