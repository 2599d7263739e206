import { Alert, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Page, SourceKind } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Refused } from '../../components/refused.tsx';
import { type OptionValues, SourceOptions, sentOptions } from './source-options.tsx';

export function AddSource({ onDone }: { readonly onDone: () => void }) {
  const kinds = useRead<Page<SourceKind>>('/sources/kinds');
  const [domain, setDomain] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [values, setValues] = useState<OptionValues>({});
  const given = () => ({
    domain: domain ?? kinds.data?.items[0]?.domain,
    name: name || 'test',
    options: sentOptions(values),
  });
  const test = useAction((api) => api.post<{ found: unknown }>('/sources/test', given()), { quiet: true });
  const add = useAction((api) => api.post('/sources', { ...given(), test: true }), {
    ...{ stale: ['/sources', '/overview'], quiet: true, done: `${name} is connected; sync reads it` },
    onDone,
  });
  return (
    <Loaded read={kinds}>
      {({ items }) => {
        const kind = items.find((each) => each.domain === (domain ?? items[0]?.domain));
        return (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add.mutate();
            }}
          >
            <Stack gap="sm">
              <Select
                label="Kind"
                data={items.map((each) => ({ value: each.domain, label: each.summary }))}
                value={kind?.domain ?? null}
                onChange={(next) => {
                  setDomain(next);
                  setValues({});
                }}
                allowDeselect={false}
              />
              <TextInput
                label="Name"
                description="As it shows in records; it stays"
                required
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              {kind !== undefined && <SourceOptions kind={kind} values={values} onChange={setValues} />}
              <Refused error={add.error ?? test.error} />
              {test.data !== undefined && (
                <Alert color="teal" icon={<Icon name="ok" />} p="xs" role="status">
                  It answers: {JSON.stringify(test.data.found)}
                </Alert>
              )}
              <Group justify="flex-end">
                <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
                  Test
                </Button>
                <Button type="submit" loading={add.isPending}>
                  Test and add
                </Button>
              </Group>
            </Stack>
          </form>
        );
      }}
    </Loaded>
  );
}
