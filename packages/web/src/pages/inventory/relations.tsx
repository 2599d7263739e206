// Records that this one names, and those that name it: a column is called as the resource whose name it holds.

import { Anchor, List } from '@mantine/core';
import { Link } from 'react-router';
import type { RecordJson, Resource } from '../../api/types.ts';
import { Empty } from '../../components/empty.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Section } from '../../components/section.tsx';

const shortName = (resource: string): string => resource.slice(resource.indexOf('.') + 1);

/** Resources whose key is a source and one more column can be named by that column's value alone. */
const nameable = ({ key }: Resource): boolean => key.length === 2 && key[0] === 'source';

export function Relations({
  record,
  resources,
}: {
  readonly record: RecordJson;
  readonly resources: readonly Resource[];
}) {
  const own = resources.find(({ resource }) => resource === record.resource);
  const near = resources.filter(({ domain }) => domain === own?.domain);
  const named = near.flatMap((each) => {
    const value = record[shortName(each.resource)];
    const fits = nameable(each) && each.resource !== record.resource && typeof value === 'string';
    return fits ? [{ resource: each.resource, id: `${String(record['source'])}/${value}` }] : [];
  });
  const value = own !== undefined && nameable(own) ? record[own.key[1]!] : undefined;
  const naming = near.flatMap(({ resource, columns }) => {
    const column = shortName(record.resource);
    const fits = value !== undefined && columns.some(({ name }) => name === column);
    if (!fits) return [];
    const where = new URLSearchParams([
      ['where', `source=${String(record['source'])}`],
      ['where', `${column}=${String(value)}`],
    ]);
    return [{ resource, to: `/inventory/${encodeURIComponent(resource)}?${where}` }];
  });
  if (named.length + naming.length === 0)
    return <Empty title="No relation is known">Neither names it another record, nor another one it.</Empty>;
  return (
    <Section title="Relations">
      <List size="sm" spacing={4}>
        {named.map((each) => (
          <List.Item key={`${each.resource} ${each.id}`}>
            belongs to <RecordLink {...each} />
          </List.Item>
        ))}
        {naming.map(({ resource, to }) => (
          <List.Item key={resource}>
            is named by{' '}
            <Anchor component={Link} to={to} inherit>
              records of {resource}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
