// To the page of a record.

import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

export const recordPath = (resource: string, id: string): string =>
  `/inventory/${encodeURIComponent(resource)}/${encodeURIComponent(id)}`;

interface RecordLinkProps {
  readonly resource: string;
  readonly id: string;
  readonly bare?: boolean;
}

export function RecordLink({ resource, id, bare = false }: RecordLinkProps) {
  return (
    <Anchor component={Link} to={recordPath(resource, id)} inherit>
      {bare ? id : `${resource} ${id}`}
    </Anchor>
  );
}
