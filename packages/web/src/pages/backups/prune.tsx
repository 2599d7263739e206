// What the rules would remove now, and why the rest stays; removed only with consent to exactly that.

import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Job, Plan } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { FollowJob } from '../../components/job-state.tsx';
import { bytesText, countText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { PlanView } from '../../components/plan-view.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { archivePath } from './proof.tsx';

interface Preview {
  readonly plan: Plan | null;
  readonly removed: number;
  readonly bytes: number;
  readonly archives: readonly {
    readonly id: string;
    readonly type: string;
    readonly at: string;
    readonly keep: boolean;
    readonly reasons: readonly string[];
  }[];
}

function Archives({ archives }: Pick<Preview, 'archives'>) {
  return (
    <div className="hf-scroll-y">
      <PlainTable
        label="What becomes of each archive"
        heads={['archive', 'of', '', 'why']}
        rows={archives.map(({ id, type, at, keep, reasons }) => ({
          key: id,
          cells: [
            <Anchor key="link" component={Link} to={archivePath(id)} inherit>
              {type}
            </Anchor>,
            <When key="at" at={at} />,
            <Status key="keep" tone={keep ? 'good' : 'bad'} word={keep ? 'stays' : 'goes'} />,
            <Text key="why" size="xs" c="dimmed" lineClamp={2} title={reasons.join('\n')}>
              {keep ? reasons.join('; ') : 'no rule keeps it'}
            </Text>,
          ],
        }))}
      />
    </div>
  );
}

export function Prune() {
  const [job, setJob] = useState<Job>();
  const preview = useAction((api) => api.post<Preview>('/backups/prune'), { stale: ['/plans'], quiet: true });
  const { data } = preview;
  return (
    <Section
      title="What the rules would remove now"
      actions={
        <Button
          size="compact-sm"
          variant="default"
          loading={preview.isPending}
          onClick={() => {
            setJob(undefined);
            preview.mutate();
          }}
        >
          {data === undefined ? 'Look' : 'Look again'}
        </Button>
      }
    >
      <Stack gap="sm">
        <Refused error={preview.error} />
        {job !== undefined && <FollowJob id={job.id} />}
        {data === undefined ? (
          <Text size="sm" c="dimmed">
            Nothing is removed by looking.
          </Text>
        ) : (
          <>
            {job === undefined && (
              <Text size="sm" fw={600} role="status">
                {data.removed === 0
                  ? 'Every archive stays.'
                  : `${countText(data.removed)} archives would go, ${bytesText(data.bytes)}.`}
              </Text>
            )}
            {job === undefined && <Archives archives={data.archives} />}
            {data.plan !== null && job === undefined && (
              <PlanView
                plan={data.plan}
                onDone={(begun) => {
                  if (begun === undefined) preview.reset();
                  else setJob(begun);
                }}
              />
            )}
          </>
        )}
      </Stack>
    </Section>
  );
}
