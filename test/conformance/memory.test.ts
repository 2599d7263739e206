// Many rows take memory by the chunk, not by the table, whichever way they are written or read.

import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { start } from './processes.ts';

const rows = 20_000;
const rowBytes = 2_048;
const table = rows * rowBytes;

interface Moved {
  readonly way: string;
  readonly rows: number;
  readonly peak: number;
}

describe.each(engines)('$name', (engine) => {
  test('what is held is a small part of the table', async () => {
    const { child, ended } = start('move-rows', await engine.url(), String(rows), String(rowBytes));
    const ways: Moved[] = [];
    child.on('message', (moved: Moved) => ways.push(moved));
    expect(await ended).toEqual({ exit: 0, signal: null, errors: '' });
    expect(ways.length).toBeGreaterThan(8);
    for (const { way, rows: moved, peak } of ways) {
      expect(moved, way).toBe(rows);
      if (way === 'everything kept') expect(peak, way).toBeGreaterThan(table / 2);
      else expect(peak, way).toBeLessThan(table / 5);
    }
  });
});
