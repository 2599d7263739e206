import { Button } from '@mantine/core';
import type { Job } from '../../api/types.ts';
import { useAction, useMay } from '../../api/use-api.ts';

export function CancelJob({ job }: { readonly job: Job }) {
  const may = useMay('operator');
  const cancel = useAction((api) => api.post(`/jobs/${job.id}/cancel`), {
    stale: ['/jobs'],
    done: 'It ends as soon as it can',
  });
  if (!may || job.finishedAt !== null) return null;
  const asked = job.cancelRequestedAt !== null;
  return (
    <Button
      size="compact-xs"
      variant="default"
      disabled={asked}
      loading={cancel.isPending}
      onClick={() => cancel.mutate()}
    >
      {asked ? 'Ending …' : 'Cancel'}
    </Button>
  );
}
