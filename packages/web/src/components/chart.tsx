// A line over time. Gaps stay gaps: what was not observed is not drawn.

import 'uplot/dist/uPlot.min.css';
import { Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { measureText } from './numbers.ts';
import { localText } from './when.tsx';

interface ChartProps {
  readonly name: string;
  readonly instants: readonly string[];
  readonly values: readonly (number | null)[];
  readonly tier: string;
}

const height = 170;

export function Chart({ name, instants, values, tier }: ChartProps) {
  const { ref: sizer, width } = useElementSize<HTMLDivElement>();
  const target = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    if (target.current === null || width === 0) return;
    const line = scheme === 'dark' ? '#91a7ff' : '#3b5bdb';
    const ink = scheme === 'dark' ? '#a6acb5' : '#545b64';
    const grid = { stroke: scheme === 'dark' ? '#2d323b' : '#e3e6ea', width: 1 };
    const plot = new uPlot(
      {
        ...{ width, height, legend: { show: false }, cursor: { y: false } },
        axes: [
          { stroke: ink, grid },
          { stroke: ink, grid, size: 78, values: (_, ticks) => ticks.map((tick) => measureText(name, tick)) },
        ],
        series: [
          {},
          { label: name, stroke: line, fill: `${line}22`, width: 1.5, points: { show: values.length < 40 } },
        ],
      },
      [instants.map((each) => Date.parse(each) / 1000), [...values]],
      target.current,
    );
    return () => plot.destroy();
  }, [name, instants, values, width, scheme]);
  const known = values.filter((each) => each !== null);
  const newest = values.findLastIndex((each) => each !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const text = `${measureText(name, values[newest] ?? 0)} at ${localText(instants[newest]!)}; from ${measureText(name, least)} to ${measureText(name, most)}`;
  return (
    <div ref={sizer}>
      <div ref={target} role="img" aria-label={`${name}: ${text}`} style={{ height }} />
      <Text size="xs" c="dimmed" className="hf-number">
        {text} · {values.length} points, {tier}
      </Text>
    </div>
  );
}
