import { Text, Tooltip } from '@mantine/core';
import type { LiveState } from '../api/live.ts';
import { Status } from '../components/status.tsx';

const looks = {
  live: ['good', 'Live', 'Changes show by themselves'],
  connecting: ['busy', 'Connecting', 'Asking the server for its events'],
  lost: ['bad', 'Offline', 'The server does not answer; trying again by itself'],
} as const;

export function LiveBadge({ state }: { readonly state: LiveState }) {
  const [tone, word, about] = looks[state];
  return (
    <Tooltip label={about}>
      <Text size="sm" component="div" role="status" aria-label={`Connection: ${word}`} data-live={state}>
        <Status tone={tone} word={word} />
      </Text>
    </Tooltip>
  );
}
