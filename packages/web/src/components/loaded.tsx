// What a read shows while it is under way, when it was refused, and once it is there.

import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Refused } from './refused.tsx';

interface LoadedProps<Data> {
  readonly read: {
    readonly data?: Data | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}

export function Loaded<Data>({ read, rows = 4, children }: LoadedProps<Data>) {
  if (read.data !== undefined) return children(read.data);
  if (read.error) return <Refused error={read.error} onRetry={() => void read.refetch()} />;
  return (
    <Stack gap="xs" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <Skeleton key={index} height={28} />
      ))}
    </Stack>
  );
}
