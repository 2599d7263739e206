// Short news in the corner: what was done, and what was refused and why.

import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Refusal } from '../api/api-client.ts';

export function tellDone(message: string): void {
  notifications.show({ message, color: 'teal' });
}

export function tellRefusal(error: unknown): void {
  const { message } = error as Error;
  const hint = error instanceof Refusal ? error.hint : undefined;
  notifications.show({
    color: 'red',
    title: message,
    message: hint === undefined ? undefined : <Text size="sm">{hint}</Text>,
    autoClose: 10_000,
  });
}
