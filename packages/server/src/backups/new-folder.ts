// A folder for work that may yet be refused.

import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError } from '@holdfast/core';

/** Makes a folder, mode 0700; where it was not there and nothing has come into it, it goes again. @throws SETTING_INVALID */
export function newFolder(path: string): Disposable {
  const first = make(path);
  return {
    [Symbol.dispose]() {
      if (first === undefined) return;
      try {
        for (let at = path; at.length >= first.length; at = dirname(at)) rmdirSync(at);
      } catch {
        // There is something in it.
      }
    },
  };
}

/** @returns the first of the folders that had to be made */
function make(path: string): string | undefined {
  try {
    return mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HoldfastError(
      'SETTING_INVALID',
      `the folder ${path} cannot be made: ${(cause as Error).message}`,
      { cause },
    );
  }
}
