// Asks before something is done that is not easily taken back.

import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { Refused } from './refused.tsx';

interface AskProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly error?: unknown;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

export function Ask({ title, children, action, danger, busy, error, onYes, onClose }: AskProps) {
  return (
    <Dialog opened onClose={onClose} title={title}>
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        <Refused error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button color={danger ? 'red' : undefined} loading={busy ?? false} onClick={onYes}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
