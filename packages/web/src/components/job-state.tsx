// How a job gets on, live.

import { Anchor, Group, Progress, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Job } from '../api/types.ts';
import { useRead } from '../api/use-api.ts';
import { countText, lengthText } from './numbers.ts';
import { Refused } from './refused.tsx';
import { Status } from './status.tsx';

const over = (job: Job | undefined): boolean => job !== undefined && job.finishedAt !== null;

/** Reads now and then too, should events be held up. */
export const useJob = (id: string) => {
  const read = useRead<Job>(`/jobs/${id}`, undefined, { every: 2_000 });
  return { job: read.data, over: over(read.data), error: read.error };
};

export function JobProgress({ job }: { readonly job: Job }) {
  const { done, total, perSecond, leftMs, message } = job.progress;
  const share = done !== null && total ? Math.min(100, (done / total) * 100) : undefined;
  const parts = [
    job.phase,
    message,
    done === null ? null : `${countText(done)}${total === null ? '' : ` of ${countText(total)}`}`,
    perSecond === null ? null : `${countText(Math.round(perSecond))}/s`,
    leftMs === null || over(job) ? null : `${lengthText(leftMs)} left`,
  ].filter((part) => part !== null);
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Text size="sm" component="span">
          <Status word={job.state} tone={job.state === 'running' ? 'busy' : undefined} />
        </Text>
        <Text size="sm" c="dimmed" className="hf-number">
          {parts.join(' · ')}
        </Text>
      </Group>
      {!over(job) && (
        <Progress
          value={share ?? 100}
          animated={share === undefined}
          aria-label={`Progress of ${job.kind}`}
        />
      )}
    </Stack>
  );
}

export function FollowJob({ id }: { readonly id: string }) {
  const { job, error } = useJob(id);
  if (job === undefined) return <Refused error={error} />;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600} size="sm">
          {job.kind}
        </Text>
        <Anchor component={Link} to={`/jobs/${id}`} size="sm">
          its page
        </Anchor>
      </Group>
      <JobProgress job={job} />
      {job.error !== null && (
        <Text size="sm" role="alert">
          {job.error.message} {job.error.hint}
        </Text>
      )}
    </Stack>
  );
}
