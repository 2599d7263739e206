// The command line of the benches.

import { parseArgs } from 'node:util';

export interface Arguments {
  readonly areas: readonly string[];
  readonly json: boolean;
  /** Exit 1 when a target is missed. */
  readonly check: boolean;
  readonly size: number | undefined;
  readonly runs: number;
  readonly only: string | undefined;
}

export const usage =
  'usage: npm run bench -- [AREA…] [--json] [--check] [--size N] [--runs N] [--only SUBSTRING]\n';

/** @throws Error saying what is wrong */
export function parseArguments(words: readonly string[], known: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      size: { type: 'string' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
    },
  });
  for (const area of positionals)
    if (!known.includes(area))
      throw new Error(`there is no bench area ${area}: there is ${known.join(', ')}`);
  return {
    areas: positionals.length === 0 ? known : [...new Set(positionals)],
    json: values.json,
    check: values.check,
    size: values.size === undefined ? undefined : wholeNumber('--size', values.size),
    runs: wholeNumber('--runs', values.runs),
    only: values.only,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1) return value;
  throw new Error(`${name} is ${text}: it takes a whole number from 1`);
}
