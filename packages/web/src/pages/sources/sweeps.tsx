import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import type { Page, SweepRun } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { lengthText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { Status } from '../../components/status.tsx';
import { When } from '../../components/when.tsx';

export function Sweeps() {
  const read = useRead<Page<SweepRun>>('/runs', { limit: 15 });
  return (
    <Section title="Last sweeps">
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was read yet" />
          ) : (
            <PlainTable
              label="Last sweeps"
              heads={['started', 'outcome', 'took', '']}
              rows={items.map(({ id, startedAt, finishedAt, outcome }) => ({
                key: id,
                cells: [
                  <When key="at" at={startedAt} />,
                  <Status key="outcome" word={outcome} />,
                  finishedAt === null ? '–' : lengthText(Date.parse(finishedAt) - Date.parse(startedAt)),
                  <Anchor key="changes" component={Link} to={`/timeline?run=${id}`} inherit>
                    its changes
                  </Anchor>,
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
