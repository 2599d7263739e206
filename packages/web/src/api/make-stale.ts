// News of what was read, and what becomes of reads that are under way when they come.

import type { QueryClient } from '@tanstack/react-query';

const concerns = (path: string, read: string): boolean =>
  path.endsWith('$') ? read === path.slice(0, -1) : read.startsWith(path);

/** Reads under way that may have been answered before the news: they are made once more after that. */
const again = new WeakSet<object>();

/** Makes every read below one of the paths stale; `/path$` is that one alone. */
export function makeStale(client: QueryClient, paths: readonly string[]): void {
  const predicate = ({ queryKey: [of, read] }: { readonly queryKey: readonly unknown[] }): boolean =>
    of === 'api' && paths.some((path) => concerns(path, String(read)));
  const underWay = client.getQueryCache().findAll({ predicate, fetchStatus: 'fetching' });
  // Nothing is broken off: where news keep coming, nothing would ever be read to its end.
  void client.invalidateQueries({ predicate }, { cancelRefetch: false });
  for (const query of underWay) {
    if (again.has(query)) continue;
    again.add(query);
    const readAgain = (): void => {
      again.delete(query);
      void client.invalidateQueries({ predicate: (each) => each === query }, { cancelRefetch: false });
    };
    void query.promise?.then(readAgain, readAgain);
  }
}
