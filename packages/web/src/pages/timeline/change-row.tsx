// One change: who, what, where; its fields open below it.

import { Anchor, Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Change } from '../../api/types.ts';
import { FieldChanges } from '../../components/field-changes.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Status } from '../../components/status.tsx';
import { UndoButton } from '../../components/undo-button.tsx';
import { When } from '../../components/when.tsx';

const summary = ({ fields, change }: Change): string =>
  fields.length === 0 ? `the record was ${change}` : fields.map(({ path }) => path).join(', ');

export function ChangeRow({ change, ofOne = false }: { readonly change: Change; readonly ofOne?: boolean }) {
  const [open, setOpen] = useState(false);
  const { run, request, actor, via, source, reason } = change;
  return (
    <div className="hf-event">
      <Group gap="md" wrap="wrap">
        <Text size="sm" w={96} component="span">
          <Status word={change.change} />
        </Text>
        {!ofOne && (
          <Text size="sm" component="span" style={{ flex: '0 1 300px', minWidth: 0 }} className="hf-wrap">
            <RecordLink {...change} />
          </Text>
        )}
        <UnstyledButton
          onClick={() => setOpen(!open)}
          aria-expanded={open}
          style={{ flex: '1 1 160px', minWidth: 0 }}
        >
          <Text size="sm" c="dimmed" truncate>
            {open ? '▾' : '▸'} {summary(change)}
          </Text>
        </UnstyledButton>
        <Text size="sm" c="dimmed" component="span">
          {actor}
          {source === null || source === undefined ? ` via ${via}` : ` from ${source}`}
        </Text>
        <Text size="sm" component="span">
          <When at={change.at} />
        </Text>
      </Group>
      <Collapse expanded={open}>
        {open && (
          <Stack gap="xs" py="xs" pl={{ base: 0, sm: 112 }} align="flex-start">
            {reason !== undefined && <Text size="sm">{reason}</Text>}
            <FieldChanges fields={change.fields} />
            <Group gap="xs">
              {run !== undefined && <UndoButton what={{ run }} label="Undo this sweep" />}
              {run === undefined && request !== undefined && (
                <UndoButton what={{ request }} label="Undo all of this request" />
              )}
              {run !== undefined && (
                <Anchor component={Link} to={`/timeline?run=${run}`} size="sm">
                  all of this sweep
                </Anchor>
              )}
            </Group>
          </Stack>
        )}
      </Collapse>
    </div>
  );
}
