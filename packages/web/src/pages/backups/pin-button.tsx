import { Button } from '@mantine/core';
import { pathOf } from '../../api/api-client.ts';
import type { Archive } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';

/** What is pinned stays, whatever the rules of keeping say. */
export function PinButton({ archive: { id, pinned } }: { readonly archive: Archive }) {
  const pin = useAction((api) => api.send(pinned ? 'DELETE' : 'POST', `/backups${pathOf(id)}/pin`), {
    stale: ['/backups', '/overview'],
  });
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={pin.isPending}
      aria-label={`${pinned ? 'Unpin' : 'Pin'} ${id}`}
      onClick={() => pin.mutate()}
    >
      {pinned ? 'Unpin' : 'Pin'}
    </Button>
  );
}
