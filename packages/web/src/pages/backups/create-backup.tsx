import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import type { Job, Page, Resource } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';
import { dataClasses } from './keeping-types.ts';

const keys = [
  { value: 'file', label: "the server's key file" },
  { value: 'phrase', label: 'a passphrase' },
  { value: 'none', label: 'nothing: it is not encrypted' },
];

export function CreateBackup({ onJob }: { readonly onJob: (id: string) => void }) {
  const [type, setType] = useState('full');
  const [key, setKey] = useState<string | null>('file');
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [only, setOnly] = useState<string[]>([]);
  const [histories, setHistories] = useState(true);
  const resources = useRead<Page<Resource>>('/resources');
  const domains = [...new Set(resources.data?.items.map(({ domain }) => domain))];
  const full = type === 'full';
  const [description, setDescription] = useState('');
  const differs = key === 'phrase' && again !== '' && again !== passphrase;
  const create = useAction(
    (api) =>
      api.post<{ job: Job }>('/backups', {
        ...{ type, encrypt: key !== 'none' },
        ...(key === 'phrase' ? { passphrase } : {}),
        // An increment has what the archive before it has.
        ...(full ? { histories, ...(only.length === 0 ? {} : { only }) } : {}),
        ...(description === '' ? {} : { description }),
      }),
    { stale: ['/jobs'], quiet: true, onDone: ({ job }) => onJob(job.id) },
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack gap="sm">
        <SegmentedControl
          data={['full', 'incremental', 'differential']}
          value={type}
          onChange={setType}
          aria-label="Kind of archive"
        />
        {full && (
          <>
            <MultiSelect
              label="Only"
              description="What it refers to comes along; with any class, what is critical"
              placeholder={only.length === 0 ? 'everything' : ''}
              data={[
                { group: 'Data classes', items: [...dataClasses] },
                { group: 'Domains', items: domains },
              ]}
              value={only}
              onChange={setOnly}
            />
            <Checkbox
              label="With histories"
              description="Without them, the past of what is restored begins with this archive"
              checked={histories}
              onChange={({ currentTarget }) => setHistories(currentTarget.checked)}
            />
          </>
        )}
        <Select label="Locked with" data={keys} value={key} onChange={setKey} allowDeselect={false} />
        {key === 'phrase' && (
          <>
            <PasswordInput
              label="Passphrase"
              description="Without it nobody can read the archive, you included"
              required
              value={passphrase}
              onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
            />
            <PasswordInput
              label="Once more"
              required
              error={differs ? 'the two differ' : undefined}
              value={again}
              onChange={({ currentTarget }) => setAgain(currentTarget.value)}
            />
          </>
        )}
        <TextInput
          label="What for"
          value={description}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
        />
        <Refused error={create.error} />
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={create.isPending}
            disabled={key === 'phrase' && (passphrase === '' || again !== passphrase)}
          >
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
