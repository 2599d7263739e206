// Differences between what is desired and what is, with what can be done about each.

import { Button, Code, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { Drift } from '../../api/types.ts';
import { useMay } from '../../api/use-api.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';
import { Acknowledge } from './acknowledge.tsx';

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

export function DriftTable({ items }: { readonly items: readonly Drift[] }) {
  const [asked, setAsked] = useState<Drift>();
  const may = useMay('operator');
  return (
    <>
      <PlainTable
        label="Drift"
        heads={['severity', 'record', 'field', 'desired → actual', 'seen', 'state', ...(may ? [''] : [])]}
        rows={items.map((item) => ({
          key: `${item.resource} ${item.id} ${item.path}`,
          cells: [
            <Status key="severity" word={item.severity} />,
            <RecordLink key="record" {...item} />,
            <Code key="path">{item.path}</Code>,
            <div key="values" className="hf-fields">
              <Group gap={6}>
                <ins className="hf-wrap">{shown(item.expected)}</ins>→
                <del className="hf-wrap">{shown(item.actual)}</del>
              </Group>
              <Text size="xs" c="dimmed">
                {item.description}
                {item.suggestion !== null && ` ${item.suggestion}`}
              </Text>
            </div>,
            <span key="seen">
              <When at={item.lastSeen} ago />
              <Text size="xs" c="dimmed">
                {item.occurrences} × since <When at={item.firstSeen} ago />
              </Text>
            </span>,
            <Status key="state" word={item.state} />,
            ...(may
              ? [
                  item.state === 'open' ? (
                    <Button
                      key="act"
                      size="compact-xs"
                      variant="default"
                      onClick={() => setAsked(item)}
                      aria-label={`Acknowledge ${item.path} of ${item.id}`}
                    >
                      Acknowledge
                    </Button>
                  ) : null,
                ]
              : []),
          ],
        }))}
      />
      {asked !== undefined && <Acknowledge item={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}
