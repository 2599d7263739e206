// What a new password has to be: long, and nothing else that would make people write it down.

import { HoldfastError } from '@holdfast/core';
import { z } from 'zod';

const [least, most] = [10, 1_000];

export const newPassword = z.string().min(least).max(most);

/** @throws PASSWORD_WEAK */
export function requirePassword(text: string): string {
  if (newPassword.safeParse(text).success) return text;
  throw new HoldfastError('PASSWORD_WEAK', `a password has ${least} to ${most} characters`);
}
