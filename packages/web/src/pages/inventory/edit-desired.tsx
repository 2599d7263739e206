import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useAction } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Refused } from '../../components/refused.tsx';

interface EditDesiredProps {
  readonly path: string;
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly onClose: () => void;
}

export function EditDesired({ path, before, onClose }: EditDesiredProps) {
  const [text, setText] = useState(JSON.stringify(before ?? { status: 'running' }, undefined, 2));
  const save = useAction(
    async (api) => api.send('PUT', `${path}/desired`, { body: { properties: JSON.parse(text) } }),
    { stale: [path, '/drift'], quiet: true, done: 'Desired; it is compared from now on', onDone: onClose },
  );
  return (
    <Dialog opened onClose={onClose} title="Desired properties">
      <Stack>
        <Textarea
          label="Properties (JSON)"
          description="Only what stands here is compared"
          autosize
          minRows={6}
          maxRows={20}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Refused error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button loading={save.isPending} onClick={() => save.mutate()}>
            Set it
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
