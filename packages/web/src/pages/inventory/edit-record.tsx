// Changes a record that is kept here: its properties as a document, saved only if nobody changed it meanwhile.

import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { RecordJson, Resource } from '../../api/types.ts';
import { useAction, useApi } from '../../api/use-api.ts';
import { Ask } from '../../components/ask.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Refused } from '../../components/refused.tsx';

interface EditRecordProps {
  readonly resource: Resource;
  readonly id: string;
}

interface Draft {
  readonly text: string;
  readonly etag: string;
}

export function EditRecord({ resource, id }: EditRecordProps) {
  const [draft, setDraft] = useState<Draft>();
  const [deleting, setDeleting] = useState(false);
  const api = useApi();
  const navigate = useNavigate();
  const path = `/resources${pathOf(resource.resource, id)}`;
  const stale = [`/resources${pathOf(resource.resource)}`, '/history'];
  const read = useAction(() => api.ask<RecordJson>('GET', path), {
    onDone({ json, etag }) {
      const own = resource.columns.filter(({ key, auto, secret }) => !key && !auto && !secret);
      const values = Object.fromEntries(own.map(({ name }) => [name, json[name] ?? null]));
      setDraft({ text: JSON.stringify(values, undefined, 2), etag: etag ?? '' });
    },
  });
  const save = useAction(
    async (_, { text, etag }: Draft) =>
      api.send('PATCH', path, { body: JSON.parse(text), headers: { 'if-match': etag } }),
    { stale, quiet: true, done: 'Saved', onDone: () => setDraft(undefined) },
  );
  const remove = useAction(
    async () => {
      const { etag } = await api.ask<RecordJson>('GET', path);
      return api.send('DELETE', path, { headers: { 'if-match': etag ?? '' } });
    },
    {
      // Not its own page: it is gone.
      ...{ stale: [`/resources${pathOf(resource.resource)}$`, '/history'], quiet: true, done: 'Deleted' },
      onDone: () => void navigate(`/inventory/${encodeURIComponent(resource.resource)}`),
    },
  );
  return (
    <>
      <Button variant="default" loading={read.isPending} onClick={() => read.mutate()}>
        Edit
      </Button>
      <Button variant="default" onClick={() => setDeleting(true)}>
        Delete
      </Button>
      <Dialog
        opened={draft !== undefined}
        onClose={() => setDraft(undefined)}
        title={`Edit ${resource.resource} ${id}`}
        size="lg"
      >
        {draft !== undefined && (
          <Stack>
            <Textarea
              label="Properties (JSON)"
              autosize
              minRows={8}
              maxRows={24}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              value={draft.text}
              onChange={({ currentTarget }) => setDraft({ ...draft, text: currentTarget.value })}
            />
            <Refused error={save.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setDraft(undefined)}>
                Leave it
              </Button>
              <Button loading={save.isPending} onClick={() => save.mutate(draft)}>
                Save
              </Button>
            </Group>
          </Stack>
        )}
      </Dialog>
      {deleting && (
        <Ask
          title={`Delete ${resource.resource} ${id}`}
          action="Delete it"
          danger
          busy={remove.isPending}
          error={remove.error}
          onYes={() => remove.mutate()}
          onClose={() => setDeleting(false)}
        >
          The timeline keeps it, and can undo it.
        </Ask>
      )}
    </>
  );
}
