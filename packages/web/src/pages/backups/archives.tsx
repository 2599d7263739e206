// All archives, drawn as they build on each other.

import { Stack } from '@mantine/core';
import type { Archive } from '../../api/types.ts';
import { usePages } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Older } from '../../components/older.tsx';
import { ArchiveChain } from './archive-chain.tsx';
import type { ArchiveActions } from './archive-row.tsx';

export function Archives(actions: ArchiveActions) {
  const pages = usePages<Archive>('/backups', { limit: 200 });
  return (
    <Loaded read={pages}>
      {() =>
        pages.items.length === 0 ? (
          <Empty icon="backups" title="No archive yet">
            A full archive holds everything; incremental ones hold what changed since the one before.
          </Empty>
        ) : (
          <Stack>
            <ArchiveChain archives={pages.items} {...actions} />
            <Older pages={pages} of="archives" />
          </Stack>
        )
      }
    </Loaded>
  );
}
