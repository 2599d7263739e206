// Takes changes back: the plan is made and shown first, and done once it is agreed to.

import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Plan } from '../api/types.ts';
import { useAction, useMay } from '../api/use-api.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import { PlanView } from './plan-view.tsx';
import { Refused } from './refused.tsx';
import { tellDone } from './tell.tsx';

interface UndoButtonProps {
  readonly what: Readonly<Record<string, string>>;
  readonly label: string;
}

export function UndoButton({ what, label }: UndoButtonProps) {
  const [open, setOpen] = useState(false);
  const may = useMay('operator');
  const plan = useAction((api) => api.post<{ plan: Plan }>('/undo', what), { quiet: true });
  const close = (): void => {
    setOpen(false);
    plan.reset();
  };
  if (!may) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="undo" size={14} />}
        onClick={() => {
          setOpen(true);
          plan.mutate();
        }}
      >
        {label}
      </Button>
      <Dialog opened={open} onClose={close} title="Undo: what it would do" size="lg">
        <Stack>
          {plan.isPending && 'Trying it to the end, and taking that back …'}
          <Refused error={plan.error} />
          {plan.data !== undefined && (
            <PlanView
              plan={plan.data.plan}
              onDone={() => {
                close();
                tellDone('Settled');
              }}
            />
          )}
        </Stack>
      </Dialog>
    </>
  );
}
