// The browser of this machine, if there is one.

import { existsSync } from 'node:fs';

const places = [
  process.env['HOLDFAST_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

export const findChromium = (): string | undefined =>
  places.find((place) => place !== undefined && existsSync(place));
