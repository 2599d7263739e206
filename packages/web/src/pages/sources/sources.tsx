// The systems that are read.

import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { Job, Page, Plan, Source } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { FollowJob } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { AddSource } from './add-source.tsx';
import { HeldPlan } from './held-plan.tsx';
import { SourceState } from './source-state.tsx';
import { Sweeps } from './sweeps.tsx';

export function Sources() {
  const [query, setQuery] = useSearchParams();
  const [adding, setAdding] = useState(query.has('add'));
  const [job, setJob] = useState<string>();
  const mayAct = useMay('operator');
  const mayAdd = useMay('admin');
  const read = useRead<Page<Source>>('/sources');
  const held = useRead<Page<Plan>>('/plans', { kind: 'sweep', state: 'open' });
  const sync = useAction(
    (api, sources: readonly string[] | undefined) =>
      api.post<{ job: Job }>('/sync', sources === undefined ? {} : { sources }),
    { stale: ['/jobs'], onDone: (answer) => setJob(answer.job.id) },
  );
  const endAdding = (): void => {
    setAdding(false);
    if (query.has('add')) setQuery({}, { replace: true });
  };
  return (
    <PageFrame
      title="Sources"
      about="The systems that are read, and how their last sweeps went"
      actions={
        <>
          {mayAct && (
            <Button
              variant="default"
              leftSection={<Icon name="run" size={14} />}
              loading={sync.isPending}
              onClick={() => sync.mutate(undefined)}
            >
              Sync all
            </Button>
          )}
          {mayAdd && (
            <Button leftSection={<Icon name="add" size={14} />} onClick={() => setAdding(true)}>
              Add a source
            </Button>
          )}
        </>
      }
    >
      {job !== undefined && (
        <Section title="Sync">
          <FollowJob id={job} />
        </Section>
      )}
      {held.data?.items.map((plan) => (
        <HeldPlan key={plan.id} plan={plan} onJob={setJob} />
      ))}
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="sources" title="No source yet">
              Add one to have its records here, or try the simulated cluster of holdfast demo on the server.
            </Empty>
          ) : (
            <Section title="Connections">
              <PlainTable
                label="Connections"
                heads={['source', 'kind', 'state', 'last sweep', '']}
                rows={items.map((source) => ({
                  key: source.name,
                  cells: [
                    <Anchor
                      key="link"
                      component={Link}
                      to={`/sources/${encodeURIComponent(source.name)}`}
                      inherit
                      fw={600}
                    >
                      {source.name}
                    </Anchor>,
                    source.domain,
                    <Stack key="state" gap={2}>
                      <SourceState source={source} />
                      {source.incomplete[0] !== undefined && (
                        <Text size="xs" c="dimmed">
                          {source.incomplete[0].message}
                        </Text>
                      )}
                    </Stack>,
                    <When key="when" at={source.lastRun?.startedAt} ago />,
                    <Group key="acts" gap="xs">
                      {mayAct && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Sync now: ${source.name}`}
                          onClick={() => sync.mutate([source.name])}
                        >
                          Sync now
                        </Button>
                      )}
                    </Group>,
                  ],
                }))}
              />
            </Section>
          )
        }
      </Loaded>
      <Sweeps />
      <Dialog opened={adding && mayAdd} onClose={endAdding} title="Add a source">
        <AddSource onDone={endAdding} />
      </Dialog>
    </PageFrame>
  );
}
