// What a refused call said.

import { HoldfastError } from '@holdfast/core';
import { expect } from 'vitest';

/** The error that the work ends with. Fails when it succeeds, or fails with anything but a named error. */
export async function refusal(work: Promise<unknown> | (() => unknown)): Promise<HoldfastError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  return expect.fail('expected a refusal, but it succeeded');
}
