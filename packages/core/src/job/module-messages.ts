// What a job in a thread or process of its own and the one that started it say to each other.

import { errorTable, HoldfastError, isHoldfastError } from '../errors.ts';
import type { JobProgress } from './jobs.ts';
import type { JobLogLevel } from './logs.ts';

/** To the job. In a child process a signal says `cancel`. */
export type ToModule =
  | {
      readonly type: 'start';
      readonly module: string;
      readonly jobId: string;
      readonly params: Readonly<Record<string, unknown>>;
      readonly given: unknown;
    }
  | { readonly type: 'cancel' };

/** From the job. The last three are its end. */
export type FromModule =
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'log'; readonly level: JobLogLevel; readonly message: string }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly error: PlainError };

export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details?: Record<string, unknown>;
  readonly stack?: string;
}

/** An error as it crosses. What is not of the table is a bug, and brings its stack. */
export function plainError(error: unknown): PlainError {
  if (isHoldfastError(error)) return error.toJSON();
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return { code: 'BUG', message, hint: errorTable.BUG.hint, stack };
}

export function toHoldfastError({ code, message, hint, details, stack }: PlainError): HoldfastError {
  const known = code in errorTable ? (code as keyof typeof errorTable) : 'BUG';
  const error = new HoldfastError(known, message, { hint, ...(details === undefined ? {} : { details }) });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Whether work ended because it was told to stop. */
export const isCancellation = (error: unknown, signal: AbortSignal): boolean =>
  (isHoldfastError(error) && error.code === 'CANCELLED') ||
  (signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError')));
