// What is backed up, proven and pruned by itself.

import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Ask } from '../../components/ask.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import type { BackupScheduleJson } from './keeping-types.ts';
import { ScheduleForm } from './schedule-form.tsx';

const words: Readonly<Record<string, string>> = {
  backup: 'archives of what is due',
  'backup-copy': 'copies to the targets',
  'backup-verify': 'test restore of the newest archive',
  'backup-prune': 'what no rule keeps is removed',
};

export function BackupSchedule() {
  const [setting, setSetting] = useState(false);
  const [ending, setEnding] = useState(false);
  const admin = useMay('admin');
  const read = useRead<BackupScheduleJson>('/backups/schedule');
  const end = useAction((api) => api.send('DELETE', '/backups/schedule'), {
    ...{
      stale: ['/backups', '/schedules', '/overview'],
      quiet: true,
      done: 'Nothing is backed up by itself',
    },
    onDone: () => setEnding(false),
  });
  return (
    <Loaded read={read}>
      {(schedule) => (
        <Stack>
          <Section
            title="By itself"
            actions={
              admin &&
              schedule.settings !== null && (
                <Group gap="xs">
                  <Button size="compact-sm" variant="default" onClick={() => setEnding(true)}>
                    Turn off
                  </Button>
                  <Button size="compact-sm" variant="default" onClick={() => setSetting(!setting)}>
                    {setting ? 'Leave it' : 'Change'}
                  </Button>
                </Group>
              )
            }
          >
            {schedule.settings === null ? (
              <Empty icon="backups" title="Nothing is backed up by itself">
                Critical data is archived a minute after it changed, the rest by day, week and month; a test
                restore each week proves that it can be had back.
              </Empty>
            ) : (
              <PlainTable
                label="What is done by itself"
                heads={['what', 'looked at', 'next', 'last']}
                rows={schedule.items.map(({ name, cron, timeZone, nextRunAt, lastRunAt }) => ({
                  key: name,
                  cells: [
                    words[name] ?? name,
                    <Text key="cron" inherit ff="monospace">
                      {cron} {timeZone ?? 'UTC'}
                    </Text>,
                    <When key="next" at={nextRunAt} short />,
                    <When key="last" at={lastRunAt} ago />,
                  ],
                }))}
              />
            )}
          </Section>
          {admin && (setting || schedule.settings === null) && (
            <ScheduleForm
              key={JSON.stringify(schedule.settings)}
              schedule={schedule}
              onDone={() => setSetting(false)}
            />
          )}
          {ending && (
            <Ask
              title="Back up nothing by itself"
              action="Turn it off"
              danger
              busy={end.isPending}
              error={end.error}
              onYes={() => end.mutate()}
              onClose={() => setEnding(false)}
            >
              Archives, key and rules stay. Nothing new is archived, proven or pruned until a schedule is set
              again.
            </Ask>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
