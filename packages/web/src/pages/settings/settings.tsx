// What can be set, how the server is, and whether its database is sound.

import { Button, Code, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Job, Page, ServerFacts, Setting } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { FollowJob } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { bytesText } from '../../components/numbers.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { OneSetting } from './one-setting.tsx';

export function Settings() {
  const [job, setJob] = useState<string>();
  const may = useMay('operator');
  const settings = useRead<Page<Setting>>('/settings');
  const server = useRead<ServerFacts>('/server');
  const check = useAction((api, path: string) => api.post<{ job: Job }>(path), {
    onDone: (answer) => setJob(answer.job.id),
  });
  return (
    <PageFrame
      title="Settings"
      actions={
        may && (
          <>
            <Button variant="default" onClick={() => check.mutate('/db/check')}>
              Check the data
            </Button>
            <Button variant="default" onClick={() => check.mutate('/doctor')}>
              Check the schema
            </Button>
          </>
        )
      }
    >
      {job !== undefined && (
        <Section title="Check">
          <FollowJob id={job} />
        </Section>
      )}
      <Section title="This server">
        <Loaded read={server}>
          {({ version, engine, location, startedAt, disk }) => (
            <dl className="hf-facts">
              <dt>version</dt>
              <dd>{version}</dd>
              <dt>database</dt>
              <dd>
                {engine} <Code>{location}</Code>
              </dd>
              <dt>started</dt>
              <dd>
                <When at={startedAt} />
              </dd>
              {disk !== null && (
                <>
                  <dt>free disk</dt>
                  <dd>
                    {bytesText(disk.freeBytes)} of {bytesText(disk.totalBytes)}
                  </dd>
                </>
              )}
            </dl>
          )}
        </Loaded>
      </Section>
      <Loaded read={settings} rows={8}>
        {({ items }) => (
          <Section title="Settings">
            <Stack gap="md">
              {items.map((setting) => (
                <OneSetting key={`${setting.name} ${JSON.stringify(setting.value)}`} setting={setting} />
              ))}
            </Stack>
          </Section>
        )}
      </Loaded>
    </PageFrame>
  );
}
