// An instant in the viewer's zone, with UTC on hover.

import { Text, Tooltip } from '@mantine/core';

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

export function agoText(at: string): string {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return relative.format(Math.round(seconds), 'second');
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  ...{ month: 'short', day: 'numeric', hour: 'numeric', minute: 'numeric' },
});

/** The time of today, else the day with it: for lines that have little room. */
export function clockText(at: string): string {
  const date = new Date(at);
  return (date.toDateString() === new Date().toDateString() ? clock : dayAndClock).format(date);
}

export const localText = (at: string): string => full.format(new Date(at));

interface WhenProps {
  readonly at: string | null | undefined;
  /** How long ago, instead of the date. */
  readonly ago?: boolean;
  /** In few letters. */
  readonly short?: boolean;
  readonly none?: string;
}

export function When({ at, ago = false, short = false, none = 'never' }: WhenProps) {
  if (at === null || at === undefined)
    return (
      <Text span inherit c="dimmed">
        {none}
      </Text>
    );
  return (
    <Tooltip label={ago || short ? `${localText(at)} · ${at}` : at} withArrow>
      <time dateTime={at} className="hf-number">
        {ago ? agoText(at) : short ? clockText(at) : localText(at)}
      </time>
    </Tooltip>
  );
}
