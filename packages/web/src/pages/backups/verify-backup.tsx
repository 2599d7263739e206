import { Button, Group, PasswordInput, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Archive, Job } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';

const depths = [
  { value: 'restore', label: 'restore it into a database for the test, and count: proves it' },
  { value: 'decode', label: 'decrypt and decode everything' },
  { value: 'checksums', label: 'checksums only' },
];

interface VerifyBackupProps {
  readonly archive: Archive;
  readonly onJob: (id: string) => void;
}

export function VerifyBackup({ archive, onJob }: VerifyBackupProps) {
  const [depth, setDepth] = useState<string | null>('restore');
  const [passphrase, setPassphrase] = useState('');
  const verify = useAction(
    (api) =>
      api.post<{ job: Job }>(`/backups/${archive.id}/verify`, {
        ...{ depth },
        ...(passphrase === '' ? {} : { passphrase }),
      }),
    { stale: ['/jobs'], quiet: true, onDone: ({ job }) => onJob(job.id) },
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        verify.mutate();
      }}
    >
      <Stack gap="sm">
        <Select label="How deep" data={depths} value={depth} onChange={setDepth} allowDeselect={false} />
        <PasswordInput
          label="Passphrase"
          description="Only of archives that are locked with one"
          value={passphrase}
          onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          Nothing that is served is touched.
        </Text>
        <Refused error={verify.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={verify.isPending}>
            Prove it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
