// The button below a list that is not read to its end.

import { Button } from '@mantine/core';
import type { usePages } from '../api/use-api.ts';

interface OlderProps {
  readonly pages: Pick<
    ReturnType<typeof usePages<unknown>>,
    'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >;
  /** What the list is of. */
  readonly of: string;
}

export function Older({ pages, of }: OlderProps) {
  if (!pages.hasNextPage) return null;
  return (
    <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
      {`Older ${of}`}
    </Button>
  );
}
