// Secrets among the params of a job: sealed under the store's key, so that any server of the store can open them.

import { HoldfastError, type Store } from '@holdfast/core';

const place = 'job.params';

interface Sealed {
  readonly sealed: string;
}

const isSealed = (value: unknown): value is Sealed =>
  value !== null && typeof value === 'object' && Object.keys(value).join() === 'sealed';

/** @throws SECRET_KEY_WRONG, SECRET_KEY_MISSING */
export async function sealParam({ secrets }: Store, plain: string): Promise<Sealed> {
  await secrets.ready();
  return { sealed: secrets.seal(plain, place) };
}

/** @throws SECRET_KEY_WRONG, DATA_UNSOUND */
export function openParam(store: Store, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isSealed(value)) return store.secrets.open(value.sealed, place);
  throw new HoldfastError('USAGE', 'a secret among the params of a job is given through the API');
}

/** Params as they are shown. */
export const withoutSealed = (params: Readonly<Record<string, unknown>> | null) =>
  params === null
    ? null
    : Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, isSealed(value) ? '[secret]' : value]),
      );
