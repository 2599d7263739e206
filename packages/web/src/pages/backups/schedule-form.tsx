import {
  Button,
  Group,
  MultiSelect,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import type { Page } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { spanText } from '../../components/numbers.ts';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import type { BackupScheduleJson, ScheduleSettings, Target } from './keeping-types.ts';

const [minute, hour, day] = [60, 3_600, 86_400];
const off = 'off';

const periods = {
  segmentSeconds: {
    label: 'critical data: what has changed, after',
    choices: [minute, 5 * minute, 15 * minute, hour],
    usual: minute,
    optional: true,
  },
  partialSeconds: {
    label: 'important data: what has changed, each',
    choices: [6 * hour, 12 * hour, day],
    usual: day,
    optional: true,
  },
  fullSeconds: {
    label: 'operational data: a full archive, each',
    choices: [day, 7 * day, 14 * day, 30 * day],
    usual: 7 * day,
    optional: false,
  },
  everythingSeconds: {
    label: 'everything, informational data too, each',
    choices: [7 * day, 30 * day, 90 * day],
    usual: 30 * day,
    optional: false,
  },
} as const;
type Period = keyof typeof periods;

function choicesOf(name: Period, now: number | null) {
  const { choices, optional } = periods[name];
  const all = [...new Set([...choices, ...(now === null ? [] : [now])])].toSorted((one, two) => one - two);
  return [
    ...all.map((seconds) => ({ value: String(seconds), label: spanText(seconds) })),
    ...(optional ? [{ value: off, label: 'not at all' }] : []),
  ];
}

interface ScheduleFormProps {
  readonly schedule: BackupScheduleJson;
  readonly onDone: () => void;
}

function firstOf({ settings, items }: BackupScheduleJson) {
  const cronOf = (name: string): string | undefined => items.find((each) => each.name === name)?.cron;
  const at = (name: Period): number | null => (settings === null ? periods[name].usual : settings[name]);
  return {
    ...{ segmentSeconds: at('segmentSeconds'), partialSeconds: at('partialSeconds') },
    ...{ fullSeconds: at('fullSeconds'), everythingSeconds: at('everythingSeconds') },
    targets: settings?.targets ?? [],
    encrypted: settings?.encrypted ?? true,
    drill: cronOf('backup-verify') ?? (settings === null ? '30 3 * * 0' : off),
    prune: cronOf('backup-prune') ?? (settings === null ? '15 4 * * *' : off),
    timeZone:
      items.find(({ name }) => name === 'backup-verify')?.timeZone ??
      Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

export function ScheduleForm({ schedule, onDone }: ScheduleFormProps) {
  const [given, setGiven] = useState(firstOf(schedule));
  const put = (part: Partial<typeof given>): void => setGiven({ ...given, ...part });
  const targets = useRead<Page<Target>>('/backups/targets');
  const save = useAction((api) => api.send('PUT', '/backups/schedule', { body: given }), {
    ...{ stale: ['/backups', '/schedules', '/overview'], quiet: true, done: 'The schedule is set', onDone },
  });
  const { settings } = schedule;
  return (
    <Section title={settings === null ? 'Set a schedule' : 'Change the schedule'}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            {(Object.keys(periods) as Period[]).map((name) => (
              <Select
                key={name}
                label={periods[name].label}
                data={choicesOf(name, given[name])}
                value={given[name] === null ? off : String(given[name])}
                onChange={(value) => put({ [name]: value === off ? null : Number(value) })}
                allowDeselect={false}
              />
            ))}
            <TextInput
              label="test restore (cron, or off)"
              required
              value={given.drill}
              onChange={({ currentTarget }) => put({ drill: currentTarget.value.trim() })}
            />
            <TextInput
              label="prune (cron, or off)"
              required
              value={given.prune}
              onChange={({ currentTarget }) => put({ prune: currentTarget.value.trim() })}
            />
            <TextInput
              label="time zone of both"
              required
              value={given.timeZone}
              onChange={({ currentTarget }) => put({ timeZone: currentTarget.value.trim() })}
            />
            {(targets.data?.items.length ?? 0) > 0 && (
              <MultiSelect
                label="copied to"
                data={targets.data?.items.map(({ name }) => name) ?? []}
                value={[...given.targets]}
                onChange={(next) => put({ targets: next })}
              />
            )}
          </SimpleGrid>
          <Switch
            size="xs"
            label="locked with the backup key, whose private half is not on this machine"
            checked={given.encrypted}
            onChange={({ currentTarget }) => put({ encrypted: currentTarget.checked })}
          />
          <Key settings={settings} encrypted={given.encrypted} />
          <Refused error={save.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Set the schedule
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

interface KeyProps {
  readonly settings: ScheduleSettings | null;
  readonly encrypted: boolean;
}

function Key({ settings, encrypted }: KeyProps) {
  return (
    <Text size="xs" c="dimmed">
      {!encrypted
        ? 'Without a key the archives leave secrets out, and anybody who has one can read it.'
        : settings?.keyId
          ? `Locked with the key ${settings.keyId}. `
          : 'The key is made once, on the server, so that its private half is never sent: holdfast backup key create --out FILE. '}
      {encrypted &&
        (settings?.drillKeyFile
          ? `Test restores open them with ${settings.drillKeyFile} there.`
          : 'Test restores of locked archives need a key there: holdfast backup schedule set --drill-key-file FILE.')}
    </Text>
  );
}
