// A table of many records: searched, and scrolled through at the speed of a hand on a wheel.

import { readFileSync } from 'node:fs';
import { putSource } from '@holdfast/core/system';
import { dnsRecords } from '@holdfast/domains/dns';
import { makeDnsRecord } from '@holdfast/domains/dns/factories';
import { makeRandom } from '@holdfast/domains/random';
import type { Settings } from '../harness/area.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { median, openPages } from './open-pages.ts';

/** Pixels a second, and for how many seconds. */
const speed = 3_000;
const scrolled = 6;

interface Frames {
  readonly frames: number;
  /** Of these, those in which a row in sight had no text. */
  readonly blank: number;
  readonly rows: number;
}

const inPage = readFileSync(new URL('in-page.js', import.meta.url), 'utf8');

export async function tables(size: number, { runs }: Settings): Promise<Line[]> {
  await using pages = await openPages('table', async (store) => {
    const random = makeRandom(1);
    await putSource(store, { name: 'bench', domain: 'dns', settings: {}, credentials: {} });
    const repository = store.repository(dnsRecords);
    for (let from = 0; from < size; from += 5_000)
      await repository.upsertMany(
        Array.from({ length: Math.min(5_000, size - from) }, (_, index) => ({
          ...makeDnsRecord('bench', from + index, random),
          name: `host-${String(from + index).padStart(6, '0')}.example.org`,
        })),
      );
  });
  const context = await pages.context();
  const page = await context.newPage();
  await page.goto(`${pages.url}/inventory/dns.record`);
  await page.getByRole('row').nth(5).waitFor();
  await page.evaluate(inPage);
  const { frames, blank, rows } = await page.evaluate<Frames>(`scrollThrough(${speed}, ${scrolled})`);
  const times: number[] = [];
  for (let round = 0; round < runs; round++) {
    const text = `host-${String((round + 1) * 7_919).padStart(6, '0')}`;
    times.push(await page.evaluate<number>(`searchFor('${text}')`));
    await page.locator('input[aria-label^="Search "]').fill('');
    await page.locator('.hf-grid tbody tr').nth(10).waitFor();
  }
  await context.close();
  const line = (name: string, ours: number, reference: number, unit: string): Line =>
    makeLine('web', 'sqlite', {
      ...{ case: name, against: 'what is promised', ours, reference, unit },
      ...{ lessIsBetter: true, target: 1 },
    });
  return [
    line(`search in ${size} records, from the last key to the rows`, median(times), 200, 'ms'),
    line(`frames with a blank row, of ${frames} over ${rows} rows`, Math.max(blank, 0.001), 0.001, 'frames'),
  ];
}
