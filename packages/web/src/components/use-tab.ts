// The part of a page that is open, in its address: it can be linked to, and survives loading again.

import { useSearchParams } from 'react-router';

export function useTab(first: string): readonly [string, (tab: string | null) => void] {
  const [query, setQuery] = useSearchParams();
  return [
    query.get('tab') ?? first,
    (tab) => setQuery(tab === null || tab === first ? {} : { tab }, { replace: true }),
  ];
}
