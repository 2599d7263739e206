// One result: the line that is printed, as JSON or as a row of a table.

/** `ratio` above 1 always means that ours is better. */
export interface Line {
  readonly area: string;
  readonly case: string;
  readonly engine: string;
  /** What ours is held against: hand-written code, a peer, an absolute target. */
  readonly against: string;
  readonly ours: number;
  readonly reference: number;
  readonly unit: string;
  readonly ratio: number;
  /** Null for extra information that nothing is asked of. */
  readonly target: number | null;
  readonly ok: boolean;
}

export type Figures = Pick<Line, 'case' | 'against' | 'ours' | 'reference' | 'unit'> & {
  /** Ours is better when it is smaller: milliseconds, bytes. @default false */
  readonly lessIsBetter?: boolean;
  readonly target?: number;
};

/** @param engine `-` where no database takes part */
export function makeLine(area: string, engine: string, figures: Figures): Line {
  const { ours, reference, lessIsBetter = false, target } = figures;
  const ratio = lessIsBetter ? reference / ours : ours / reference;
  return {
    area,
    case: figures.case,
    engine,
    against: figures.against,
    ours: rounded(ours),
    reference: rounded(reference),
    unit: figures.unit,
    ratio: rounded(ratio),
    target: target ?? null,
    ok: target === undefined || ratio >= target,
  };
}

/** Four significant digits, whole numbers as they are. */
const rounded = (value: number): number => (value >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));

const columns = ['case', 'against', 'ours', 'reference', 'unit', 'ratio', 'target', ''] as const;
const widths = [66, 34, 9, 9, 7, 6, 6, 6] as const;
const numeric = new Set(['ours', 'reference', 'ratio', 'target']);

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, index) =>
      numeric.has(columns[index]!) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
    )
    .join('  ')
    .trimEnd();

export const tableHead = (area: string): string => `\n${area}\n${row(columns)}\n`;

export const tableRow = (line: Line): string =>
  `${row([
    line.case,
    line.against,
    String(line.ours),
    String(line.reference),
    line.unit,
    line.ratio.toFixed(2),
    line.target === null ? '' : String(Number(line.target.toFixed(2))),
    line.target === null ? '' : line.ok ? 'ok' : 'missed',
  ])}\n`;
