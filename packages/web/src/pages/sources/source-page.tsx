// One source: what is wrong with it, how it is read, how much one sweep may do.

import { Button, Group, SimpleGrid, Stack, Switch, Text } from '@mantine/core';
import { Fragment, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Job, Source } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { FollowJob } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { tellDone } from '../../components/tell.tsx';
import { Value } from '../../components/value.tsx';
import { When } from '../../components/when.tsx';
import { Credentials } from './credentials.tsx';
import { RemoveSource } from './remove-source.tsx';
import { SourcePolicy } from './source-policy.tsx';
import { SourceState } from './source-state.tsx';

export function SourcePage() {
  const { name = '' } = useParams();
  const path = `/sources${pathOf(name)}`;
  const navigate = useNavigate();
  const [job, setJob] = useState<string>();
  const [removing, setRemoving] = useState(false);
  const mayAct = useMay('operator');
  const admin = useMay('admin');
  const read = useRead<Source>(path);
  const sync = useAction((api) => api.post<{ job: Job }>('/sync', { sources: [name] }), {
    stale: ['/jobs'],
    onDone: (answer) => setJob(answer.job.id),
  });
  const test = useAction((api) => api.post<{ found: unknown }>(`${path}/test`), {
    onDone: ({ found }) => tellDone(`It answers: ${JSON.stringify(found)}`),
  });
  const turn = useAction((api, enabled: boolean) => api.send('PATCH', path, { body: { enabled } }), {
    stale: ['/sources', '/overview'],
  });
  return (
    <PageFrame
      title={name}
      about={read.data !== undefined && <SourceState source={read.data} />}
      actions={
        mayAct && (
          <>
            <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
              Test
            </Button>
            <Button loading={sync.isPending} onClick={() => sync.mutate()}>
              Sync now
            </Button>
          </>
        )
      }
    >
      {job !== undefined && (
        <Section title="Sync">
          <FollowJob id={job} />
        </Section>
      )}
      <Loaded read={read}>
        {(source) => (
          <Stack>
            {source.incomplete.length > 0 && (
              <Section title="What the last sweep could not read">
                <PlainTable
                  label="Parts not read"
                  heads={['part', 'error', 'why']}
                  rows={source.incomplete.map(({ scope, code, message }) => ({
                    key: scope,
                    cells: [scope, code, message],
                  }))}
                />
                <Text size="sm" c="dimmed" mt="xs">
                  Records of these parts are kept as they were.
                </Text>
              </Section>
            )}
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Section title="Connection">
                <dl className="hf-facts">
                  <dt>kind</dt>
                  <dd>{source.domain}</dd>
                  <dt>added</dt>
                  <dd>
                    <When at={source.createdAt} />
                  </dd>
                  {Object.entries(source.settings)
                    .filter(([setting]) => setting !== 'sweep')
                    .map(([setting, value]) => (
                      <Fragment key={setting}>
                        <dt>{setting}</dt>
                        <dd>
                          <Value value={value} name={setting} />
                        </dd>
                      </Fragment>
                    ))}
                </dl>
                {admin && (
                  <Group mt="md">
                    <Switch
                      size="xs"
                      label="read by syncs"
                      checked={source.enabled}
                      onChange={({ currentTarget }) => turn.mutate(currentTarget.checked)}
                    />
                    <Credentials source={source} />
                    <Button size="compact-sm" variant="default" onClick={() => setRemoving(true)}>
                      Remove
                    </Button>
                  </Group>
                )}
              </Section>
              <SourcePolicy path={path} admin={admin} />
            </SimpleGrid>
            {removing && (
              <RemoveSource
                name={name}
                path={path}
                onClose={() => setRemoving(false)}
                onDone={() => void navigate('/sources')}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </PageFrame>
  );
}
