// A record that is kept here, begun as a document with what it cannot do without.

import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Column, RecordJson, Resource } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { recordPath } from '../../components/record-link.tsx';
import { Refused } from '../../components/refused.tsx';

/** Something of the right kind, to be written over. */
function first({ kind, values }: Column): unknown {
  if (kind === 'uuid') return crypto.randomUUID();
  if (kind === 'bool') return false;
  if (kind === 'json') return {};
  if (kind === 'instant') return new Date().toISOString();
  if (kind === 'enum') return values?.[0] ?? '';
  return kind === 'int' || kind === 'real' ? 0 : '';
}

export function NewRecord({ resource }: { readonly resource: Resource }) {
  const [text, setText] = useState<string>();
  const navigate = useNavigate();
  const path = `/resources${pathOf(resource.resource)}`;
  const make = useAction((api) => api.post<RecordJson>(path, JSON.parse(text ?? '{}')), {
    ...{ stale: [path, '/resources$', '/history'], quiet: true, done: 'Made' },
    onDone: ({ id }) => void navigate(recordPath(resource.resource, id)),
  });
  const begin = (): void => {
    const needed = resource.columns.filter(({ nullable, auto, metric }) => !nullable && !auto && !metric);
    setText(JSON.stringify(Object.fromEntries(needed.map((each) => [each.name, first(each)])), undefined, 2));
  };
  return (
    <>
      <Button leftSection={<Icon name="add" size={14} />} onClick={begin}>
        New
      </Button>
      <Dialog
        opened={text !== undefined}
        onClose={() => setText(undefined)}
        title={`New ${resource.resource}`}
        size="lg"
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Stack>
            <Textarea
              label="Properties (JSON)"
              autosize
              minRows={8}
              maxRows={24}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              value={text ?? ''}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
            />
            <Refused error={make.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={make.isPending}>
                Make it
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
