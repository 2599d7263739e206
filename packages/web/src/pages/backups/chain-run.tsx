// Segments are written each minute: a run of them is one row until it is opened.

import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { bytesText, countText } from '../../components/numbers.ts';
import { localText } from '../../components/when.tsx';
import { type ArchiveActions, ArchiveRow } from './archive-row.tsx';
import type { ChainRow } from './chain-lanes.ts';
import { ChainRail } from './chain-rail.tsx';

/** So few are shown each. */
const few = 3;

/** Rows, with those segments together that follow each other. */
export function runsOf(rows: readonly ChainRow[]): readonly (readonly ChainRow[])[] {
  const runs: ChainRow[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (row.archive.type === 'segment' && last?.[0]?.archive.type === 'segment') last.push(row);
    else runs.push([row]);
  }
  return runs.flatMap((run) => (run.length > few ? [run] : run.map((row) => [row])));
}

interface ChainRunProps extends ArchiveActions {
  readonly run: readonly ChainRow[];
  readonly width: number;
  readonly known: ReadonlySet<string>;
}

export function ChainRun({ run, width, known, ...actions }: ChainRunProps) {
  const [open, setOpen] = useState(run.length === 1);
  const [newest] = run;
  const oldest = run.at(-1);
  if (open || newest === undefined || oldest === undefined)
    return run.map((row) => (
      <li key={row.archive.id}>
        <ChainRail row={row} width={width} />
        <ArchiveRow
          archive={row.archive}
          orphan={row.archive.base !== null && !known.has(row.archive.base)}
          {...actions}
        />
      </li>
    ));
  const below = new Set(oldest.lines.filter((line) => line.below).map(({ lane }) => lane));
  const lines = newest.lines.map((line) => ({ ...line, below: below.has(line.lane) }));
  return (
    <li>
      <ChainRail row={{ ...newest, lines }} width={width} />
      <Group gap="sm" py={8} fz="sm">
        <Text span inherit fw={600}>
          {countText(run.length)} segments
        </Text>
        <Text span inherit c="dimmed">
          {localText(oldest.archive.createdAt)} to {localText(newest.archive.createdAt)} ·{' '}
          {bytesText(run.reduce((sum, { archive }) => sum + archive.bytes, 0))}
        </Text>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>
          Show each
        </Button>
      </Group>
    </li>
  );
}
