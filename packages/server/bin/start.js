// Runs the sources in the workspace, the built files where the package was installed.

import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === '--version' || first === '-V')) {
  // Answered here, so that nothing else has to be loaded.
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else {
  // Half of a short command's time is compiling; the cache is Node's own, in its temporary folder.
  enableCompileCache();
  // What a server loads stays: room for what is short-lived would grow for nothing meanwhile. `serve` lets it, once it serves.
  if (process.argv.includes('serve')) setFlagsFromString('--semi-space-growth-factor=1');
  const sources = new URL('../src/cli/main.ts', import.meta.url);
  const entry = existsSync(sources) ? sources : new URL('../dist/cli/main.js', import.meta.url);
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
}
