// The instant the inventory is looked at: now, or one of the past, for every page below it.

import { createContext, type ReactNode, use, useMemo, useState } from 'react';

interface AsOf {
  /** RFC 3339; undefined is now. */
  readonly at: string | undefined;
  readonly set: (at: string | undefined) => void;
}

const AsOfContext = createContext<AsOf>({ at: undefined, set: () => {} });

export const useAsOf = (): AsOf => use(AsOfContext);

export function AsOfProvider({ children }: { readonly children: ReactNode }) {
  const [at, set] = useState<string>();
  const value = useMemo(() => ({ at, set }), [at]);
  return <AsOfContext value={value}>{children}</AsOfContext>;
}
