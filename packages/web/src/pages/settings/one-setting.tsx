import { Button, Code, Group, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Setting } from '../../api/types.ts';
import { useAction, useMay } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';

export function OneSetting({ setting }: { readonly setting: Setting }) {
  const { name, value, summary, set } = setting;
  const [text, setText] = useState<string>();
  const admin = useMay('admin');
  const path = `/settings${pathOf(name)}`;
  const end = { stale: ['/settings'], quiet: true, onDone: () => setText(undefined) };
  const save = useAction(
    async (api) => api.send('PUT', path, { body: { value: JSON.parse(text ?? 'null') } }),
    { ...end, done: `${name} is set` },
  );
  const back = useAction((api) => api.send('DELETE', path), { ...end, done: `${name} is as at first` });
  return (
    <Stack gap={4}>
      <Group gap="sm" justify="space-between">
        <div>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="sm" c="dimmed">
            {summary}
          </Text>
        </div>
        <Group gap="xs">
          <Code className="hf-wrap">{JSON.stringify(value)}</Code>
          {!set && (
            <Text size="xs" c="dimmed">
              as at first
            </Text>
          )}
          {admin && text === undefined && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Change ${name}`}
              onClick={() => setText(JSON.stringify(value))}
            >
              Change
            </Button>
          )}
          {admin && set && (
            <Button size="compact-xs" variant="default" onClick={() => back.mutate()}>
              As at first
            </Button>
          )}
        </Group>
      </Group>
      {text !== undefined && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <Stack gap="xs">
            <Textarea
              label={`${name} (JSON)`}
              autosize
              value={text}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
            />
            <Refused error={save.error ?? back.error} />
            <Group gap="xs">
              <Button type="submit" size="compact-sm" loading={save.isPending}>
                Set
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => setText(undefined)}>
                Leave it
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  );
}
