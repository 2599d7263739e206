import { Button, Group, PasswordInput, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Job } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';

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
  const [description, setDescription] = useState('');
  const differs = key === 'phrase' && again !== '' && again !== passphrase;
  const create = useAction(
    (api) =>
      api.post<{ job: Job }>('/backups', {
        ...{ type, encrypt: key !== 'none' },
        ...(key === 'phrase' ? { passphrase } : {}),
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
