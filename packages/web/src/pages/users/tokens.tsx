import { Alert, Button, Code, CopyButton, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Page, Token } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';

const scopes = ['all that I may', 'read', 'act', 'admin', 'metrics'];
const lifetimes = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '365d', label: 'a year' },
  { value: '', label: 'no end' },
];

export function Tokens() {
  const [label, setLabel] = useState('');
  const [scope, setScope] = useState<string | null>(scopes[0]!);
  const [life, setLife] = useState<string | null>('30d');
  const admin = useMay('admin');
  const read = useRead<Page<Token>>('/tokens', { all: admin });
  const make = useAction(
    (api) =>
      api.post<Token>('/tokens', {
        ...{ label },
        ...(scope === scopes[0] ? {} : { scopes: [scope] }),
        ...(life ? { expiresAt: life } : {}),
      }),
    { stale: ['/tokens'], quiet: true, onDone: () => setLabel('') },
  );
  const revoke = useAction((api, id: string) => api.send('DELETE', `/tokens${pathOf(id)}`), {
    stale: ['/tokens'],
    done: 'Revoked: it is refused from now on',
  });
  return (
    <Section title="Tokens of programs">
      <Stack>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Group align="flex-end" gap="xs">
            <TextInput
              label="New token for"
              required
              placeholder="backup script"
              value={label}
              onChange={({ currentTarget }) => setLabel(currentTarget.value)}
            />
            <Select
              label="May"
              data={scopes}
              value={scope}
              onChange={setScope}
              allowDeselect={false}
              w={150}
            />
            <Select
              label="Lasts"
              data={lifetimes}
              value={life}
              onChange={setLife}
              allowDeselect={false}
              w={120}
            />
            <Button type="submit" loading={make.isPending}>
              Make
            </Button>
          </Group>
        </form>
        <Refused error={make.error} />
        {make.data?.token !== undefined && (
          <Alert color="teal" icon={<Icon name="ok" />} title="Shown this once" role="status">
            <Group gap="sm">
              <Code className="hf-wrap">{make.data.token}</Code>
              <CopyButton value={make.data.token}>
                {({ copied, copy }) => (
                  <Button size="compact-xs" variant="default" onClick={copy}>
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Alert>
        )}
        <Loaded read={read}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No token">Programs sign in with tokens; each can be revoked by itself.</Empty>
            ) : (
              <PlainTable
                label="Tokens"
                heads={['for', 'of', 'may', 'last used', 'ends', '']}
                rows={items.map((token) => ({
                  key: token.id,
                  cells: [
                    token.label ?? '–',
                    token.username,
                    token.scopes?.join(', ') ?? 'all',
                    <When key="used" at={token.lastUsedAt} ago />,
                    <When key="ends" at={token.revokedAt ?? token.expiresAt} />,
                    token.revokedAt === null ? (
                      <Button
                        key="revoke"
                        size="compact-xs"
                        variant="default"
                        aria-label={`Revoke ${token.label}`}
                        onClick={() => revoke.mutate(token.id)}
                      >
                        Revoke
                      </Button>
                    ) : (
                      'revoked'
                    ),
                  ],
                }))}
              />
            )
          }
        </Loaded>
      </Stack>
    </Section>
  );
}
