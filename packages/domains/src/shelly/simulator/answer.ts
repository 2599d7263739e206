// What a device answers to one request, before it is sent.

import type { Settings } from './model.ts';

export interface Answer {
  readonly status: number;
  readonly body: Settings | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: Settings): Answer => ({ status: 200, body });

/** One request, its query and body read. */
export interface Asked {
  readonly method: string;
  /** With query, as the sign-in signs it. */
  readonly uri: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly authorization: string | undefined;
}
