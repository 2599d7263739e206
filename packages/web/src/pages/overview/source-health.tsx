import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Page, Source } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { SourceState } from '../sources/source-state.tsx';

export function SourceHealth() {
  const read = useRead<Page<Source>>('/sources');
  return (
    <Section title="Sources and their last sweeps">
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="sources" title="No source yet">
              <Anchor component={Link} to="/sources" size="sm">
                Connect one
              </Anchor>{' '}
              or try holdfast demo on the server.
            </Empty>
          ) : (
            <PlainTable
              label="Sources"
              heads={['source', 'state', 'last sweep']}
              rows={items.map((source) => ({
                key: source.name,
                cells: [
                  <span key="name">
                    <Anchor component={Link} to={`/sources/${encodeURIComponent(source.name)}`} inherit>
                      {source.name}
                    </Anchor>
                    <Text size="xs" c="dimmed">
                      {source.domain}
                    </Text>
                  </span>,
                  <SourceState key="state" source={source} />,
                  <When key="when" at={source.lastRun?.startedAt} ago />,
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
