// The overview from nothing: how soon something is seen, how soon its figures are, and how much is loaded for it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dns } from '@holdfast/domains/dns';
import type { Settings } from '../harness/area.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { median, openPages } from './open-pages.ts';

const built = fileURLToPath(new URL('../../packages/web/dist', import.meta.url));

/** Bytes of the answer to a browser that takes gzip and nothing better. */
const zipped = (path: string): number =>
  readFileSync(`${built}${path === '/' ? '/index.html' : path}.gz`).length;

export async function firstPages({ runs }: Settings): Promise<Line[]> {
  await using pages = await openPages('first-page', (store) => dns.seed!(store, { size: 1_000, seed: 1 }));
  const painted: number[] = [];
  const shown: number[] = [];
  const files = new Set<string>();
  // The first one warms up the server, and is not counted.
  for (let round = 0; round <= runs; round++) {
    const context = await pages.context();
    const page = await context.newPage();
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (!pathname.startsWith('/api/')) files.add(pathname);
    });
    await page.goto(pages.url);
    await page.getByText('Open drift').first().waitFor();
    const [first, figures] = await page.evaluate(() => [
      performance.getEntriesByName('first-contentful-paint')[0]!.startTime,
      performance.now(),
    ]);
    await page.waitForLoadState('networkidle');
    if (round > 0) {
      painted.push(first!);
      shown.push(figures!);
    }
    await context.close();
  }
  const bytes = [...files].reduce((sum, path) => sum + zipped(path), 0);
  const line = (name: string, ours: number, reference: number, unit: string, target?: number): Line =>
    makeLine('web', '-', {
      ...{ case: name, against: 'what is promised', ours, reference, unit, lessIsBetter: true },
      ...(target === undefined ? {} : { target }),
    });
  return [
    line('first contentful paint of the overview', median(painted), 1_000, 'ms', 1),
    line('figures of the overview are there', median(shown), 1_000, 'ms'),
    line(`first load, gzip (${files.size} files)`, bytes / 1000, 300, 'kB', 1),
  ];
}
