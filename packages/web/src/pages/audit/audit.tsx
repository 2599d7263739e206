// Who did what through this server and its command line.

import { Group } from '@mantine/core';
import { useState } from 'react';
import type { AuditEntry } from '../../api/types.ts';
import { usePages } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Older } from '../../components/older.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Value } from '../../components/value.tsx';
import { When } from '../../components/when.tsx';
import { LateText } from '../timeline/late-text.tsx';

const filled = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));

export function Audit() {
  const [query, setQuery] = useState({ actor: '', action: '', entity: '' });
  const pages = usePages<AuditEntry>('/audit', query);
  const field = (name: keyof typeof query, label: string) => (
    <LateText label={label} value={query[name]} onChange={(value) => setQuery({ ...query, [name]: value })} />
  );
  return (
    <PageFrame title="Audit" about="Every action, by whom and how">
      <Group gap="xs">
        {field('actor', 'Actor')}
        {field('action', 'Action')}
        {field('entity', 'Entity')}
      </Group>
      <Loaded read={pages} rows={10}>
        {() =>
          pages.items.length === 0 ? (
            <Empty icon="audit" title="No entry fits" />
          ) : (
            <PlainTable
              label="Audit"
              heads={['when', 'actor', 'via', 'action', 'entity', 'details']}
              rows={pages.items.map(
                ({ id, at, actor, via, action, entity, entityId, before, after, details }) => ({
                  key: id,
                  cells: [
                    <When key="at" at={at} />,
                    ...[actor, via, action, entityId === null ? entity : `${entity} ${entityId}`],
                    <Value
                      key="details"
                      value={
                        [before, after, details].some((each) => each !== null)
                          ? filled({ before, after, details })
                          : null
                      }
                    />,
                  ],
                }),
              )}
            />
          )
        }
      </Loaded>
      <Older pages={pages} of="entries" />
    </PageFrame>
  );
}
