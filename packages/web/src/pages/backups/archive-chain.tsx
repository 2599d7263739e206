// Archives as they build on each other, newest first: one drawing for each full archive and what goes back to it.

import { Group, Stack, Text } from '@mantine/core';
import type { Archive } from '../../api/types.ts';
import { Section } from '../../components/section.tsx';
import { localText } from '../../components/when.tsx';
import type { ArchiveActions } from './archive-row.tsx';
import { chainRows } from './chain-lanes.ts';
import { ChainRun, runsOf } from './chain-run.tsx';

/** The archives of each root, newest root first. */
export function chainsOf(archives: readonly Archive[]): readonly (readonly Archive[])[] {
  const byId = new Map(archives.map((archive) => [archive.id, archive]));
  const rootOf = (archive: Archive): string => {
    const base = archive.base === null ? undefined : byId.get(archive.base);
    return base === undefined ? archive.id : rootOf(base);
  };
  return [...Map.groupBy(archives, rootOf).values()];
}

function Legend() {
  return (
    <Group gap="md" c="dimmed" fz="xs" className="hf-legend">
      {(['full', 'incremental', 'differential', 'segment'] as const).map((type) => (
        <Group key={type} gap={6}>
          <span className="hf-rail-dot" data-type={type} data-tone="plain" aria-hidden="true" />
          {type}
        </Group>
      ))}
      <span>A solid line leads to what an archive needs, a dashed one past what it does not.</span>
    </Group>
  );
}

interface ArchiveChainProps extends ArchiveActions {
  readonly archives: readonly Archive[];
}

export function ArchiveChain({ archives, ...actions }: ArchiveChainProps) {
  const known = new Set(archives.map(({ id }) => id));
  return (
    <Stack>
      {chainsOf(archives).map((chain) => {
        const { rows, width } = chainRows(chain);
        const root = rows.at(-1)!.archive;
        return (
          <Section key={root.id} title={`Since ${localText(root.createdAt)}`}>
            <ol className="hf-chain" aria-label={`Archives since ${localText(root.createdAt)}, newest first`}>
              {runsOf(rows).map((run) => (
                <ChainRun key={run[0]?.archive.id} run={run} width={width} known={known} {...actions} />
              ))}
            </ol>
          </Section>
        );
      })}
      {archives.some(({ base }) => base !== null) && <Legend />}
      {archives.some(({ base }) => base !== null) || (
        <Text size="xs" c="dimmed">
          Incremental archives would hold only what has changed since, and take a fraction of the room.
        </Text>
      )}
    </Stack>
  );
}
