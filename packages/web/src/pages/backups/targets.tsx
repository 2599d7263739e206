// Places that archives are copied to.

import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Page } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { countText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { tellDone } from '../../components/tell.tsx';
import { When } from '../../components/when.tsx';
import { AddTarget } from './add-target.tsx';
import type { Target } from './keeping-types.ts';
import { RemoveTarget } from './remove-target.tsx';

export function Targets() {
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const may = useMay('operator');
  const admin = useMay('admin');
  const read = useRead<Page<Target>>('/backups/targets');
  const test = useAction(
    (api, name: string) => api.post<{ name: string }>(`/backups/targets${pathOf(name)}/test`),
    { onDone: ({ name }) => tellDone(`${name} answers, and is the right one`) },
  );
  return (
    <Section
      title="Targets"
      actions={
        admin && (
          <Button
            size="compact-sm"
            leftSection={<Icon name="add" size={14} />}
            onClick={() => setAdding(true)}
          >
            Add a target
          </Button>
        )
      }
    >
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="backups" title="Archives stay on this machine only">
              A folder on another disk, an S3-compatible store or a folder behind SFTP takes copies, which are
              read back before they count.
            </Empty>
          ) : (
            <Stack gap="xs">
              <PlainTable
                label="Targets"
                heads={['target', 'where', 'archives', 'since', '']}
                rows={items.map(({ name, url, archives, waiting, createdAt }) => ({
                  key: name,
                  cells: [
                    <Text key="name" inherit fw={600}>
                      {name}
                    </Text>,
                    <span key="url" className="hf-wrap">
                      {url}
                    </span>,
                    <Status
                      key="archives"
                      tone={waiting > 0 ? 'busy' : archives > 0 ? 'good' : 'quiet'}
                      word={`${countText(archives)} there${waiting > 0 ? `, ${countText(waiting)} wait` : ''}`}
                    />,
                    <When key="since" at={createdAt} short />,
                    <Group key="acts" gap="xs" wrap="nowrap" justify="flex-end">
                      {may && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Test ${name}`}
                          loading={test.isPending && test.variables === name}
                          onClick={() => test.mutate(name)}
                        >
                          Test
                        </Button>
                      )}
                      {admin && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Remove ${name}`}
                          onClick={() => setRemoving(name)}
                        >
                          Remove
                        </Button>
                      )}
                    </Group>,
                  ],
                }))}
              />
              <Text size="xs" c="dimmed">
                The schedule says which of them get the archives that are made by themselves.
              </Text>
            </Stack>
          )
        }
      </Loaded>
      <Dialog opened={adding} onClose={() => setAdding(false)} title="Add a target">
        <AddTarget onDone={() => setAdding(false)} />
      </Dialog>
      {removing !== undefined && <RemoveTarget name={removing} onClose={() => setRemoving(undefined)} />}
    </Section>
  );
}
