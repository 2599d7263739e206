// How everything is, on one page.

import { SimpleGrid, Stack } from '@mantine/core';
import type { Overview as OverviewJson } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { BackupClasses } from './backup-classes.tsx';
import { Begin, isNew } from './begin.tsx';
import { Figures } from './figures.tsx';
import { HeldBack } from './held-back.tsx';
import { LatestChanges } from './latest-changes.tsx';
import { RunningJobs } from './running-jobs.tsx';
import { SourceHealth } from './source-health.tsx';
import { WorstDrift } from './worst-drift.tsx';

export function Overview() {
  const read = useRead<OverviewJson>('/overview', undefined, { every: 30_000 });
  return (
    <PageFrame title="Overview">
      <Loaded read={read} rows={3}>
        {(overview) => (
          <>
            <Figures overview={overview} />
            {isNew(overview) && <Begin />}
            <BackupClasses classes={overview.backup.classes} />
          </>
        )}
      </Loaded>
      <HeldBack />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Stack>
          <SourceHealth />
          <WorstDrift />
        </Stack>
        <Stack>
          <LatestChanges />
          <RunningJobs />
        </Stack>
      </SimpleGrid>
    </PageFrame>
  );
}
