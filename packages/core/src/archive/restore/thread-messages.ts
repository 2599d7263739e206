// What a restore says to the threads that do its work, and they to it.

import type { plainError } from '../../job/module-messages.ts';
import type { Part } from '../backup/content.ts';
import type { RowProgress } from '../backup/pace.ts';
import type { Filled } from './fill.ts';
import type { DigestOfTable } from './overall-digest.ts';

type Failure = ReturnType<typeof plainError>;

/** To the thread that fills. */
export type ToFill =
  | {
      readonly type: 'start';
      readonly url: string;
      readonly keyFile: string;
      readonly lossy: 'refuse' | 'nearest';
      readonly dryRun: boolean;
      /** Of each archive of the chain. */
      readonly archives: readonly { readonly size: number; readonly dataKey: Uint8Array | undefined }[];
    }
  | { readonly type: 'cancel' }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'unread'; readonly id: number; readonly error: Failure };

/** From it. The last two end the work; the thread may be given more. */
export type FromFill =
  | {
      readonly type: 'read';
      readonly id: number;
      readonly archive: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'progress'; readonly progress: RowProgress }
  | { readonly type: 'done'; readonly filled: Filled }
  | { readonly type: 'failed'; readonly error: Failure };

/** To the thread that reads again. */
export type ToProve =
  | {
      readonly type: 'start';
      readonly url: string;
      readonly keyFile: string;
      readonly parts: readonly Part[];
    }
  | { readonly type: 'cancel' };

export type FromProve =
  | { readonly type: 'opened' }
  | { readonly type: 'rows'; readonly table: string; readonly rows: number }
  | { readonly type: 'done'; readonly digests: DigestOfTable[] }
  | { readonly type: 'failed'; readonly error: Failure };
