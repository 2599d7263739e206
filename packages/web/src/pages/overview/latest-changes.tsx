import { Text } from '@mantine/core';
import type { Change, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';

export function LatestChanges() {
  const read = useRead<Page<Change>>('/history', { limit: 8 });
  return (
    <Section title="Latest changes">
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="timeline" title="Nothing has changed yet" />
          ) : (
            <PlainTable
              label="Latest changes"
              heads={['change', 'record', 'fields', 'when']}
              rows={items.map((change) => ({
                key: `${change.resource} ${change.id} ${change.at}`,
                cells: [
                  <Status key="change" word={change.change} />,
                  <RecordLink key="record" {...change} />,
                  <Text key="fields" size="xs" c="dimmed" lineClamp={1}>
                    {change.fields.map(({ path }) => path).join(', ')}
                  </Text>,
                  <When key="when" at={change.at} ago />,
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
