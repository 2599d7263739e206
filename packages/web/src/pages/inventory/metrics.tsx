import { SegmentedControl, SimpleGrid, Stack } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { Resource, Series } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/section.tsx';

const Chart = lazy(async () => ({ default: (await import('../../components/chart.tsx')).Chart }));

const spans = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
type Span = keyof typeof spans;

interface MetricsProps {
  readonly path: string;
  readonly resource: Resource;
  readonly at: string | undefined;
}

export function Metrics({ path, resource, at }: MetricsProps) {
  const [span, setSpan] = useState<Span>('24h');
  const names = resource.columns.filter(({ series }) => series).map(({ name }) => name);
  const range =
    at === undefined
      ? { from: `-${span}` }
      : { from: new Date(Date.parse(at) - spans[span]).toISOString(), to: at };
  const read = useRead<Series>(
    `${path}/series`,
    { metrics: names.join(','), max_points: 500, ...range },
    { every: 30_000 },
  );
  return (
    <Stack>
      <SegmentedControl
        data={Object.keys(spans)}
        value={span}
        onChange={(next) => setSpan(next as Span)}
        aria-label="Span of time"
        style={{ alignSelf: 'flex-start' }}
      />
      <Loaded read={read}>
        {({ instants, metrics, tier }) => {
          const filled = Object.entries(metrics).filter(([, { values }]) =>
            values.some((each) => each !== null),
          );
          if (filled.length === 0) return <Empty title="Nothing was measured in this time" />;
          return (
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
              {filled.map(([name, { values }]) => (
                <Section key={name} title={name}>
                  <Suspense fallback={<div style={{ height: 160 }} />}>
                    <Chart name={name} instants={instants} values={values} tier={tier} />
                  </Suspense>
                </Section>
              ))}
            </SimpleGrid>
          );
        }}
      </Loaded>
    </Stack>
  );
}
