// The line beside a row of the chain: a dot for the archive, lines to what it builds on.

import type { Archive } from '../../api/types.ts';
import type { ChainRow } from './chain-lanes.ts';

/** Pixels between two lanes, and from the top of a row to its dot. */
const step = 18;
const dotAt = 20;

const toneOf = ({ there, proof }: Archive): string =>
  !there || proof === 'failed' ? 'bad' : proof === 'proven' ? 'good' : 'plain';

export function ChainRail({ row, width }: { readonly row: ChainRow; readonly width: number }) {
  const { archive, lane, lines, joins } = row;
  const x = (of: number): number => of * step + step / 2;
  return (
    <div className="hf-rail" style={{ width: width * step }} aria-hidden="true">
      {lines.map((line) => (
        <span
          key={line.lane}
          className="hf-rail-line"
          data-loose={line.loose || undefined}
          style={{
            left: x(line.lane) - 1,
            top: line.above ? 0 : dotAt,
            ...(line.below ? { bottom: 0 } : { height: line.above ? dotAt : 0 }),
          }}
        />
      ))}
      {joins.map((from) => (
        <span
          key={from}
          className="hf-rail-join"
          style={{ left: x(Math.min(from, lane)), width: Math.abs(x(from) - x(lane)), top: dotAt - 1 }}
        />
      ))}
      <span
        className="hf-rail-dot"
        data-type={archive.type}
        data-tone={toneOf(archive)}
        style={{ left: x(lane), top: dotAt }}
      />
    </div>
  );
}
