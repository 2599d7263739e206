// Paths that are not compared, and differences that were acknowledged.

import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Page, Rule } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';

const stale = ['/drift', '/overview'];

function AddRule() {
  const [given, setGiven] = useState({ path: '', resource: '', reason: '' });
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const add = useAction((api) => api.post('/drift/rules', filled), {
    ...{ stale, quiet: true, done: 'Not compared any more' },
    onDone: () => setGiven({ path: '', resource: '', reason: '' }),
  });
  const field = (name: keyof typeof given, label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      required={name === 'path'}
      value={given[name]}
      onChange={({ currentTarget }) => setGiven({ ...given, [name]: currentTarget.value })}
    />
  );
  return (
    <Section title="Ignore a path">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Group align="flex-end" gap="xs">
          {field('path', 'Path', 'config.description')}
          {field('resource', 'Resource', 'any')}
          {field('reason', 'Reason', '')}
          <Button type="submit" loading={add.isPending}>
            Ignore it
          </Button>
        </Group>
      </form>
      <Refused error={add.error} />
    </Section>
  );
}

export function Rules() {
  const may = useMay('operator');
  const read = useRead<Page<Rule>>('/drift/rules');
  const remove = useAction((api, id: string) => api.send('DELETE', `/drift/rules${pathOf(id)}`), { stale });
  return (
    <Stack>
      {may && <AddRule />}
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No rule">Everything that is desired is compared.</Empty>
          ) : (
            <PlainTable
              label="Rules"
              heads={['kind', 'resource', 'record', 'path', 'reason', 'by', 'until', '']}
              rows={items.map((rule) => ({
                key: rule.id,
                cells: [
                  ...[
                    rule.kind,
                    rule.resource ?? 'any',
                    rule.record ?? 'any',
                    rule.path,
                    rule.reason,
                    rule.setBy,
                  ],
                  <When key="until" at={rule.expiresAt} none="for good" />,
                  may && (
                    <Button
                      key="no"
                      size="compact-xs"
                      variant="default"
                      onClick={() => remove.mutate(rule.id)}
                    >
                      Remove
                    </Button>
                  ),
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}
