// Archives from elsewhere: sent to the server, then restored as any other.

import { Button, FileButton, Group, Stack, Text } from '@mantine/core';
import { useNavigate } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { When as Instant, Page } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { bytesText, countText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { localText } from '../../components/when.tsx';

export interface Upload {
  readonly name: string;
  /** How it is named in a restore. */
  readonly archive: string;
  readonly bytes: number;
  readonly kind: 'holdfast' | 'shelly-manager' | 'unknown';
  readonly encrypted: boolean;
  readonly error: string | null;
  readonly type?: string;
  readonly createdAt?: Instant;
  readonly rows?: number;
}

/** A name as the server takes it, from that of a file. */
const nameOf = (file: File): string =>
  file.name
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(-100) || 'archive.sma';

export const uploadTitle = ({ kind, name, type, createdAt }: Upload): string =>
  kind === 'shelly-manager'
    ? `Shelly Manager archive ${name}`
    : createdAt === undefined
      ? name
      : `${type ?? ''} archive of ${localText(createdAt)}, from elsewhere`;

function What({ upload }: { readonly upload: Upload }) {
  if (upload.error !== null) return <Status tone="bad" word={upload.error} />;
  if (upload.kind === 'unknown') return <Status tone="bad" word="no archive that is known here" />;
  const parts = [
    upload.kind === 'holdfast' ? `${upload.type ?? ''} archive` : 'of Shelly Manager',
    upload.createdAt === undefined ? undefined : `of ${localText(upload.createdAt)}`,
    upload.rows === undefined ? undefined : `${countText(upload.rows)} rows`,
    upload.encrypted ? 'encrypted' : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

export function Uploads() {
  const navigate = useNavigate();
  const read = useRead<Page<Upload>>('/uploads');
  const restorePath = (name: string): string => `/restore/${encodeURIComponent(name)}`;
  const send = useAction(
    (api, file: File) => api.send<Upload>('PUT', `/uploads${pathOf(nameOf(file))}`, { file }),
    {
      ...{ stale: ['/uploads'], quiet: true },
      onDone: ({ name, kind, error }) => {
        if (kind !== 'unknown' && error === null) void navigate(restorePath(name));
      },
    },
  );
  const remove = useAction((api, name: string) => api.send('DELETE', `/uploads${pathOf(name)}`), {
    stale: ['/uploads'],
  });
  return (
    <Section
      title="Archives from elsewhere"
      actions={
        <FileButton onChange={(file) => file !== null && send.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              size="compact-sm"
              loading={send.isPending}
              leftSection={<Icon name="add" size={14} />}
            >
              Choose an archive
            </Button>
          )}
        </FileButton>
      }
    >
      <Stack gap="sm">
        <Refused error={send.error} />
        <Loaded read={read}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty icon="backups" title="None was brought here">
                A file of Holdfast or of Shelly Manager (.sma) is sent to this server, looked at, and
                restored: nothing changes before a dry run and your consent.
              </Empty>
            ) : (
              <PlainTable
                label="Archives from elsewhere"
                heads={['file', 'what it is', 'size', '']}
                rows={items.map((upload) => ({
                  key: upload.name,
                  cells: [
                    <Text key="name" inherit fw={600} className="hf-wrap">
                      {upload.name}
                    </Text>,
                    <What key="what" upload={upload} />,
                    bytesText(upload.bytes),
                    <Group key="acts" gap="xs" wrap="nowrap" justify="flex-end">
                      {upload.error === null && upload.kind !== 'unknown' && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Restore ${upload.name}`}
                          onClick={() => void navigate(restorePath(upload.name))}
                        >
                          Restore
                        </Button>
                      )}
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`Remove ${upload.name}`}
                        onClick={() => remove.mutate(upload.name)}
                      >
                        Remove
                      </Button>
                    </Group>,
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
