// A state as an icon and a word: the colour says nothing that they do not.

import { Group, Text } from '@mantine/core';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'quiet' | 'busy';

const looks: Readonly<Record<Tone, readonly [IconName, string]>> = {
  good: ['ok', 'var(--hf-good)'],
  warning: ['warning', 'var(--hf-warning)'],
  bad: ['bad', 'var(--hf-bad)'],
  info: ['info', 'var(--hf-info)'],
  quiet: ['off', 'var(--mantine-color-dimmed)'],
  busy: ['wait', 'var(--hf-info)'],
};

const tones: Readonly<Record<Tone, readonly string[]>> = {
  good: 'running online ok done started active present available complete proven applied created up on resolved valid'.split(
    ' ',
  ),
  warning: 'warning incomplete paused held suspended acknowledged interrupted expired'.split(' '),
  bad: 'failed error critical offline deleted broken missing corrupt unreachable'.split(' '),
  info: 'info discovered updated open consented'.split(' '),
  quiet: 'stopped unknown cancelled disabled discarded none off absent'.split(' '),
  busy: 'queued applying working'.split(' '),
};

export const toneOf = (word: string): Tone | undefined =>
  (Object.keys(tones) as Tone[]).find((tone) => tones[tone].includes(word));

export function Status({ tone, word }: { readonly tone?: Tone | undefined; readonly word: string }) {
  const [icon, color] = looks[tone ?? toneOf(word) ?? 'quiet'];
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" style={{ verticalAlign: 'bottom' }}>
      <span style={{ color, display: 'inline-flex' }}>
        <Icon name={icon} size={15} />
      </span>
      <Text span inherit>
        {word}
      </Text>
    </Group>
  );
}
