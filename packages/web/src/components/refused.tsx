// A refusal where it matters: what, why, and what to do about it.

import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { Refusal } from '../api/api-client.ts';
import { Icon } from './icon.tsx';

interface RefusedProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

const issuesOf = (error: unknown): readonly { path: string; message: string }[] =>
  error instanceof Refusal && Array.isArray(error.details['issues'])
    ? (error.details['issues'] as { path: string; message: string }[])
    : [];

export function Refused({ error, onRetry }: RefusedProps) {
  if (error === null || error === undefined) return null;
  const refusal = error instanceof Refusal ? error : undefined;
  const issues = issuesOf(error);
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<Icon name="bad" size={18} />}
      title={(error as Error).message}
    >
      {refusal?.hint !== undefined && <Text size="sm">{refusal.hint}</Text>}
      {issues.length > 1 &&
        issues.map(({ path, message }) => (
          <Text size="sm" key={path + message}>
            {path}: {message}
          </Text>
        ))}
      <Group mt={6} gap="sm">
        {refusal !== undefined && <Code>{refusal.code}</Code>}
        {onRetry !== undefined && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
