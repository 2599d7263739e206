// Where things are not as they should be.

import { Button, Group, Select, Stack, Tabs } from '@mantine/core';
import { useState } from 'react';
import type { Drift, DriftSummary, Job } from '../../api/types.ts';
import { useAction, useMay, usePages, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { FollowJob } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { DriftTable } from './drift-table.tsx';
import { Rules } from './rules.tsx';
import { Trend } from './trend.tsx';

export function DriftPage() {
  const [state, setState] = useState<string | null>('open');
  const [severity, setSeverity] = useState<string | null>(null);
  const [job, setJob] = useState<string>();
  const may = useMay('operator');
  const summary = useRead<DriftSummary>('/drift/summary');
  const pages = usePages<Drift>('/drift', { state, severity });
  const run = useAction((api) => api.post<{ job: Job }>('/drift/runs'), {
    stale: ['/jobs'],
    onDone: (answer) => setJob(answer.job.id),
  });
  const last = summary.data?.lastRun;
  return (
    <PageFrame
      title="Drift"
      about={
        summary.data !== undefined && (
          <>
            {summary.data.open} open ({summary.data.critical} critical, {summary.data.warning} warning,{' '}
            {summary.data.info} info), {summary.data.acknowledged} acknowledged; compared{' '}
            <When at={last?.finishedAt} ago />
          </>
        )
      }
      actions={
        may && (
          <Button
            leftSection={<Icon name="run" size={14} />}
            loading={run.isPending}
            onClick={() => run.mutate()}
          >
            Compare now
          </Button>
        )
      }
    >
      {job !== undefined && (
        <Section title="Comparison">
          <FollowJob id={job} />
        </Section>
      )}
      <Tabs defaultValue="items" keepMounted={false}>
        <Tabs.List mb="md" aria-label="Parts of drift">
          <Tabs.Tab value="items">Differences</Tabs.Tab>
          <Tabs.Tab value="trend">Trend</Tabs.Tab>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="items">
          <Stack>
            <Group gap="xs">
              <Select
                label="State"
                data={['open', 'acknowledged', 'resolved']}
                value={state}
                onChange={setState}
                allowDeselect={false}
                w={150}
              />
              <Select
                label="Severity, at least"
                data={['info', 'warning', 'critical']}
                value={severity ?? 'info'}
                onChange={setSeverity}
                allowDeselect={false}
                w={150}
              />
            </Group>
            <Loaded read={pages}>
              {() =>
                pages.items.length === 0 ? (
                  <Empty icon="drift" title="No difference here">
                    Records are compared with the desired state that their page gives them, and by rules that
                    their domain declares.
                  </Empty>
                ) : (
                  <DriftTable items={pages.items} />
                )
              }
            </Loaded>
            {pages.hasNextPage && (
              <Button
                variant="default"
                loading={pages.isFetchingNextPage}
                onClick={() => void pages.fetchNextPage()}
              >
                More
              </Button>
            )}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="trend">
          <Trend />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Rules />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}
