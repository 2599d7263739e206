// Archives: made, proven, restored, and kept.

import { Button, Stack, Tabs } from '@mantine/core';
import { useState } from 'react';
import type { Archive, ClassState } from '../../api/types.ts';
import { useMay, useRead } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { FollowJob } from '../../components/job-state.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { Section } from '../../components/section.tsx';
import { useTab } from '../../components/use-tab.ts';
import { Archives } from './archives.tsx';
import { BackupSchedule } from './backup-schedule.tsx';
import { ClassStates } from './class-states.tsx';
import { CreateBackup } from './create-backup.tsx';
import { Keeping } from './keeping.tsx';
import { Move } from './move.tsx';
import { Targets } from './targets.tsx';
import { Uploads } from './uploads.tsx';
import { VerifyBackup } from './verify-backup.tsx';

type Doing = { readonly what: 'create' } | { readonly what: 'verify'; readonly archive: Archive };

const titles = { create: 'Make a backup', verify: 'Prove an archive' };

export function Backups() {
  const [doing, setDoing] = useState<Doing>();
  const [job, setJob] = useState<string>();
  const [tab, setTab] = useTab('archives');
  const may = useMay('operator');
  const admin = useMay('admin');
  const state = useRead<{ classes: readonly ClassState[] }>('/backups/state', undefined, { every: 30_000 });
  const close = (): void => setDoing(undefined);
  const follow = (id: string): void => {
    setJob(id);
    close();
  };
  return (
    <PageFrame
      title="Backups"
      about="An archive counts as proven once a test restore of it has succeeded"
      actions={
        may && (
          <Button leftSection={<Icon name="add" size={14} />} onClick={() => setDoing({ what: 'create' })}>
            Back up now
          </Button>
        )
      }
    >
      {state.data !== undefined && <ClassStates classes={state.data.classes} />}
      {job !== undefined && (
        <Section title="Under way">
          <FollowJob id={job} />
        </Section>
      )}
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Parts of backups">
          <Tabs.Tab value="archives">Archives</Tabs.Tab>
          <Tabs.Tab value="schedule">Schedule</Tabs.Tab>
          <Tabs.Tab value="keeping">Keeping</Tabs.Tab>
          <Tabs.Tab value="targets">Targets</Tabs.Tab>
          {admin && <Tabs.Tab value="move">Move</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="archives">
          <Stack>
            <Archives onVerify={(archive) => setDoing({ what: 'verify', archive })} />
            {admin && <Uploads />}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="schedule">
          <BackupSchedule />
        </Tabs.Panel>
        <Tabs.Panel value="keeping">
          <Keeping />
        </Tabs.Panel>
        <Tabs.Panel value="targets">
          <Targets />
        </Tabs.Panel>
        <Tabs.Panel value="move">
          <Move />
        </Tabs.Panel>
      </Tabs>
      <Dialog
        opened={doing !== undefined}
        onClose={close}
        title={doing === undefined ? '' : titles[doing.what]}
      >
        {doing?.what === 'create' && <CreateBackup onJob={follow} />}
        {doing?.what === 'verify' && <VerifyBackup archive={doing.archive} onJob={follow} />}
      </Dialog>
    </PageFrame>
  );
}
