// The first step: where to, of when, what, and what becomes of what is there.

import {
  Button,
  Checkbox,
  Group,
  PasswordInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from '@mantine/core';
import type { Page, Source } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';
import { ChooseMoment } from './choose-moment.tsx';
import { ChooseParts } from './choose-parts.tsx';
import { Nearest } from './nearest.tsx';
import { type Choice, type Destination, type Policy, policies, type Subject } from './restore-choice.ts';

interface RestoreFormProps {
  readonly subject: Subject;
  readonly choice: Choice;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onChange: (part: Partial<Choice>) => void;
  readonly onTry: () => void;
}

const destinations: readonly { value: Destination; label: string; about: string }[] = [
  {
    value: 'living',
    label: 'Into the database that is served',
    about: 'What is missing comes back; the rest goes on. It can be taken back.',
  },
  {
    value: 'replace',
    label: 'In the place of everything that is served',
    about: 'All of it as the archive has it, users and histories too. What was there is kept aside.',
  },
  {
    value: 'elsewhere',
    label: 'Into another database',
    about: 'A new or empty one, on any engine, beside what is served.',
  },
];

export function RestoreForm(props: RestoreFormProps) {
  const { subject, choice, busy, error, onChange, onTry } = props;
  const { moments, encrypted, manager } = subject;
  const living = choice.destination === 'living';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onTry();
      }}
    >
      <Stack>
        {!manager && (
          <Radio.Group
            label="Where to"
            value={choice.destination}
            onChange={(value) => onChange({ destination: value as Destination })}
          >
            <SimpleGrid cols={{ base: 1, md: 3 }} spacing="sm" mt={6}>
              {destinations.map(({ value, label, about }) => (
                <Radio.Card key={value} value={value} p="sm" aria-label={label}>
                  <Group wrap="nowrap" align="flex-start" gap="sm">
                    <Radio.Indicator size="xs" />
                    <div>
                      <strong className="hf-small">{label}</strong>
                      <div className="hf-small hf-dimmed">{about}</div>
                    </div>
                  </Group>
                </Radio.Card>
              ))}
            </SimpleGrid>
          </Radio.Group>
        )}
        {manager && <ChooseSource source={choice.source} onChange={(source) => onChange({ source })} />}
        {choice.destination === 'elsewhere' && (
          <TextInput
            label="Into"
            description="sqlite:NAME in the server's data folder, postgres://… or mysql://…"
            required
            value={choice.to}
            onChange={({ currentTarget }) => onChange({ to: currentTarget.value })}
          />
        )}
        {!manager && <ChooseMoment moments={moments} at={choice.at} onChange={(at) => onChange({ at })} />}
        {living && !manager && <ChooseParts choice={choice} onChange={onChange} />}
        {living && (
          <Select
            label="Records that live and differ"
            data={[...policies]}
            value={choice.policy}
            onChange={(value) => onChange({ policy: (value ?? 'skip') as Policy })}
            allowDeselect={false}
            maw={420}
          />
        )}
        <Stack gap={6}>
          {living && (
            <Checkbox
              size="xs"
              label="Delete records that the archive does not have"
              checked={choice.deleteOthers}
              onChange={({ currentTarget }) => onChange({ deleteOthers: currentTarget.checked })}
            />
          )}
          {living && (
            <Checkbox
              size="xs"
              label="Write what undo would not bring back to an archive first"
              checked={choice.safetyArchive}
              onChange={({ currentTarget }) => onChange({ safetyArchive: currentTarget.checked })}
            />
          )}
          <Nearest checked={choice.nearest} onChange={(nearest) => onChange({ nearest })} />
        </Stack>
        {encrypted && (
          <PasswordInput
            label="Passphrase"
            description="Empty: the server's key file opens it"
            maw={420}
            autoComplete="off"
            value={choice.passphrase}
            onChange={({ currentTarget }) => onChange({ passphrase: currentTarget.value })}
          />
        )}
        <Refused error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            Dry run
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ChooseSourceProps {
  readonly source: string;
  readonly onChange: (source: string) => void;
}

/** Records of Shelly Manager know no source: they become those of one. */
function ChooseSource({ source, onChange }: ChooseSourceProps) {
  const { data } = useRead<Page<Source>>('/sources');
  const names = (data?.items ?? []).filter(({ domain }) => domain === 'shelly').map(({ name }) => name);
  return (
    <Select
      label="Its devices become those of the source"
      description={
        names.length === 0 ? 'There is none of Shelly yet: add one under Sources first' : undefined
      }
      data={names}
      value={source === '' ? (names[0] ?? null) : source}
      onChange={(value) => onChange(value ?? '')}
      allowDeselect={false}
      maw={420}
    />
  );
}
