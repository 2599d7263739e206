// A removal in two steps: asked for without consent the refusal tells what it would do, and what to agree to.

import { useEffect } from 'react';
import { Refusal } from '../api/api-client.ts';
import { type ActionOptions, useAction } from '../api/use-api.ts';

type Details = Readonly<Record<string, unknown>>;

export function useConsented(path: string, options: ActionOptions<unknown>) {
  const look = useAction(
    async (api): Promise<Details | undefined> => {
      try {
        await api.send('DELETE', path);
        return undefined;
      } catch (error) {
        if (error instanceof Refusal && error.code === 'CONSENT_MISSING') return error.details;
        throw error;
      }
    },
    { quiet: true },
  );
  const { mutate } = look;
  const remove = useAction(
    async (api) => {
      try {
        return await api.send('DELETE', path, { query: { confirm: String(look.data?.['confirm']) } });
      } catch (error) {
        // What there is has changed since it was shown: it is shown anew.
        if (error instanceof Refusal && error.code === 'CONSENT_MISMATCH') mutate();
        throw error;
      }
    },
    { ...options, quiet: true },
  );
  useEffect(() => mutate(), [mutate]);
  return {
    /** What it would do; undefined until that is known. */
    asked: look.data,
    act: () => remove.mutate(),
    busy: look.isPending || remove.isPending,
    error: remove.error ?? look.error,
  };
}
