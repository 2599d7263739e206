// Long work: what runs, what ran, and what is done by itself.

import { Anchor, Group, Select, Stack, Tabs } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { Job, JobKind, Page } from '../../api/types.ts';
import { useAction, useMay, usePages, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { JobProgress } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Older } from '../../components/older.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { When } from '../../components/when.tsx';
import { CancelJob } from './cancel-job.tsx';
import { Schedules } from './schedules.tsx';

const states = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'];

export function Jobs() {
  const [state, setState] = useState<string | null>(null);
  const [kind, setKind] = useState<string | null>(null);
  const may = useMay('operator');
  const navigate = useNavigate();
  const pages = usePages<Job>('/jobs', { state, kind, limit: 50 });
  const kinds = useRead<Page<JobKind>>('/jobs/kinds');
  const start = useAction(
    (api, one: JobKind) =>
      api.post<{ job: Job }>(
        one.ownRoute?.replace('/api/v1', '') ?? '/jobs',
        one.ownRoute === null ? { kind: one.kind } : {},
      ),
    { stale: ['/jobs'], onDone: ({ job }) => void navigate(`/jobs/${job.id}`) },
  );
  const startable = kinds.data?.items.filter(({ kind: each }) => !each.startsWith('archive-')) ?? [];
  return (
    <PageFrame
      title="Jobs"
      actions={
        may && (
          <Select
            aria-label="Start a job"
            placeholder="Start a job …"
            data={startable.map((each) => ({ value: each.kind, label: `${each.kind}: ${each.summary}` }))}
            value={null}
            onChange={(value) => {
              const one = startable.find((each) => each.kind === value);
              if (one !== undefined) start.mutate(one);
            }}
            comboboxProps={{ width: 380, position: 'bottom-end' }}
          />
        )
      }
    >
      <Tabs defaultValue="jobs" keepMounted={false}>
        <Tabs.List mb="md" aria-label="Jobs and schedules">
          <Tabs.Tab value="jobs">Jobs</Tabs.Tab>
          <Tabs.Tab value="schedules">Schedules</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="jobs">
          <Stack>
            <Group gap="xs">
              <Select
                {...{ label: 'State', data: states, value: state, onChange: setState, placeholder: 'all' }}
                clearable
                clearButtonProps={{ 'aria-label': 'Clear State', tabIndex: 0 }}
              />
              <Select
                {...{ label: 'Kind', value: kind, onChange: setKind, placeholder: 'all' }}
                data={kinds.data?.items.map((each) => each.kind) ?? []}
                clearable
                clearButtonProps={{ 'aria-label': 'Clear Kind', tabIndex: 0 }}
              />
            </Group>
            <Loaded read={pages}>
              {() =>
                pages.items.length === 0 ? (
                  <Empty icon="jobs" title="No job fits" />
                ) : (
                  <PlainTable
                    label="Jobs"
                    heads={['job', 'progress', 'asked by', 'asked', '']}
                    rows={pages.items.map((job) => ({
                      key: job.id,
                      cells: [
                        <Anchor key="link" component={Link} to={`/jobs/${job.id}`} inherit>
                          {job.kind}
                        </Anchor>,
                        <JobProgress key="progress" job={job} />,
                        job.requestedBy ?? 'itself',
                        <When key="when" at={job.createdAt} ago />,
                        <CancelJob key="cancel" job={job} />,
                      ],
                    }))}
                  />
                )
              }
            </Loaded>
            <Older pages={pages} of="jobs" />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="schedules">
          <Schedules kinds={kinds.data?.items ?? []} />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}
