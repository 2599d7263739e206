// A value of a record as its kind is best read.

import { Badge, Code, Group, Text } from '@mantine/core';
import type { ColumnKind } from '../api/types.ts';
import { measureText } from './numbers.ts';
import { Status, toneOf } from './status.tsx';
import { When } from './when.tsx';

interface ValueProps {
  readonly value: unknown;
  readonly kind?: ColumnKind | undefined;
  readonly name?: string;
}

const looksLikeInstant = (value: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);

export function Value({ value, kind, name = '' }: ValueProps) {
  if (value === null || value === undefined)
    return (
      <Text span inherit c="dimmed" aria-label="none">
        –
      </Text>
    );
  if (value === '[secret]') return <Code>secret</Code>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number')
    return <span className="hf-number">{/id$/i.test(name) ? value : measureText(name, value)}</span>;
  if (typeof value === 'string') {
    if (kind === 'instant' || looksLikeInstant(value)) return <When at={value} />;
    if (kind === 'enum' && toneOf(value) !== undefined) return <Status word={value} />;
    return value === '' ? '""' : value;
  }
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return (
      <Group gap={4} component="span" display="inline-flex">
        {value.map((each) => (
          <Badge key={each} size="sm" variant="default" tt="none" fw={500}>
            {each}
          </Badge>
        ))}
      </Group>
    );
  return <Code className="hf-wrap">{JSON.stringify(value)}</Code>;
}
