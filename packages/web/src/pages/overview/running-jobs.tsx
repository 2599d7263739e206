import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Job, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { JobProgress } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';

export function RunningJobs() {
  const read = useRead<Page<Job>>('/jobs', { limit: 5 });
  return (
    <Section title="Latest jobs">
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="jobs" title="No job has run yet">
              Syncs, backups and comparisons show here while they run.
            </Empty>
          ) : (
            <Stack gap="sm">
              {items.map((job) => (
                <div key={job.id}>
                  <Group justify="space-between">
                    <Anchor component={Link} to={`/jobs/${job.id}`} size="sm">
                      {job.kind}
                    </Anchor>
                    <Text size="sm" c="dimmed" component="span">
                      <When at={job.createdAt} ago />
                    </Text>
                  </Group>
                  <JobProgress job={job} />
                </div>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}
