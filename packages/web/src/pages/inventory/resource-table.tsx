// The records of one resource.

import { Anchor } from '@mantine/core';
import { Link, useParams, useSearchParams } from 'react-router';
import type { Page, Resource } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { Records } from './records.tsx';

export function ResourceTable() {
  const { resource: name = '' } = useParams();
  const [query] = useSearchParams();
  const read = useRead<Page<Resource>>('/resources');
  return (
    <Loaded read={read} rows={12}>
      {({ items }) => {
        const resource = items.find((each) => each.resource === name);
        if (resource === undefined)
          return (
            <PageFrame title={name}>
              <Empty title={`There is no resource ${name}`}>
                <Anchor component={Link} to="/inventory" size="sm">
                  All resources
                </Anchor>
              </Empty>
            </PageFrame>
          );
        return <Records key={`${name} ${query}`} resource={resource} where={query.getAll('where')} />;
      }}
    </Loaded>
  );
}
