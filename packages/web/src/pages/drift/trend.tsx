import { Stack } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { DriftRun, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';

const Chart = lazy(async () => ({ default: (await import('../../components/chart.tsx')).Chart }));

/** Comparisons and what they found, newest first. */
export function Trend() {
  const read = useRead<Page<DriftRun>>('/drift/runs', { limit: 100 });
  return (
    <Loaded read={read}>
      {({ items }) => {
        if (items.length === 0) return <Empty title="Nothing was compared yet" />;
        const byAge = items.toReversed();
        return (
          <Stack>
            <Section title="Differing records at each comparison">
              <Suspense fallback={<div style={{ height: 170 }} />}>
                <Chart
                  name="records"
                  instants={byAge.map(({ startedAt }) => startedAt)}
                  values={byAge.map(({ drifted }) => drifted)}
                  tier="comparisons"
                />
              </Suspense>
            </Section>
            <PlainTable
              label="Comparisons"
              heads={[
                'started',
                'state',
                'by',
                'compared',
                'as desired',
                'drifted',
                'critical',
                'warning',
                'info',
              ]}
              rows={items.map((run) => ({
                key: run.id,
                cells: [
                  <When key="at" at={run.startedAt} />,
                  <Status key="state" word={run.state} />,
                  run.startedBy,
                  ...[run.checked, run.inSync, run.drifted, run.critical, run.warning, run.info],
                ],
              }))}
            />
          </Stack>
        );
      }}
    </Loaded>
  );
}
