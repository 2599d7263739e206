import { Code, Stack, Text } from '@mantine/core';
import { useParams } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Job, JobLine, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { JobProgress } from '../../components/job-state.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { CancelJob } from './cancel-job.tsx';

/** One job: how it gets on, its log, and what came of it. */
export function JobPage() {
  const { id = '' } = useParams();
  const path = `/jobs${pathOf(id)}`;
  const read = useRead<Job>(path);
  const log = useRead<Page<JobLine>>(`${path}/log`, { limit: 500 }, { every: 5_000 });
  return (
    <PageFrame
      title={read.data === undefined ? 'Job' : `Job: ${read.data.kind}`}
      about={<Code>{id}</Code>}
      actions={read.data !== undefined && <CancelJob job={read.data} />}
    >
      <Loaded read={read}>
        {(job) => (
          <Stack>
            <Section title="Progress">
              <Stack gap="xs">
                <JobProgress job={job} />
                <Text size="sm" c="dimmed" component="div">
                  asked by {job.requestedBy ?? 'itself'} <When at={job.createdAt} />, begun{' '}
                  <When at={job.startedAt} none="not yet" />, ended{' '}
                  <When at={job.finishedAt} none="not yet" />
                </Text>
              </Stack>
            </Section>
            {job.error !== null && (
              <Section title="Why it failed">
                <Text size="sm" role="alert">
                  {job.error.message} {job.error.hint} <Code>{job.error.code}</Code>
                </Text>
              </Section>
            )}
            <Section title="Log">
              <Loaded read={log}>
                {({ items }) =>
                  items.length === 0 ? (
                    <Text size="sm" c="dimmed">
                      No line was written.
                    </Text>
                  ) : (
                    <PlainTable
                      label="Log"
                      heads={['when', 'level', 'message']}
                      rows={items.map((line) => ({
                        key: String(line.line),
                        cells: [<When key="at" at={line.at} />, line.level, line.message],
                      }))}
                    />
                  )
                }
              </Loaded>
            </Section>
            <Section title="Parameters">
              <JsonView value={job.params} label="Parameters" />
            </Section>
            {job.result !== null && (
              <Section title="Result">
                <JsonView value={job.result} label="Result" />
              </Section>
            )}
          </Stack>
        )}
      </Loaded>
    </PageFrame>
  );
}
