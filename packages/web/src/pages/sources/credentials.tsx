// Other options and credentials for a source. What is stored is never shown, so all of it is given anew.

import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Page, Source, SourceKind } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Refused } from '../../components/refused.tsx';
import { type OptionValues, SourceOptions, sentOptions } from './source-options.tsx';

const textsOf = (settings: Source['settings']): OptionValues =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => name !== 'sweep')
      .map(([name, value]) => [name, typeof value === 'boolean' ? value : String(value)]),
  );

export function Credentials({ source }: { readonly source: Source }) {
  const [open, setOpen] = useState(false);
  const [values, setValues] = useState<OptionValues>({});
  const kinds = useRead<Page<SourceKind>>('/sources/kinds');
  const kind = kinds.data?.items.find(({ domain }) => domain === source.domain);
  const save = useAction(
    (api) => api.send('PATCH', `/sources${pathOf(source.name)}`, { body: { options: sentOptions(values) } }),
    { stale: ['/sources'], quiet: true, done: 'Stored', onDone: () => setOpen(false) },
  );
  if (kind === undefined) return null;
  const known = kind.options.map(({ name }) => name);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setValues(
            Object.fromEntries(
              Object.entries(textsOf(source.settings)).filter(([name]) => known.includes(name)),
            ),
          );
          setOpen(true);
        }}
      >
        Options and credentials
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title={`Options of ${source.name}`}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <Stack>
            <SourceOptions kind={kind} values={values} onChange={setValues} />
            <Refused error={save.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending}>
                Store
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
