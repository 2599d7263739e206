// `npm run pack [FOLDER]`: the packages as tarballs, how large they are, and what `npm ci` needs to install them there.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writePinnedInstall } from './pinned-install.ts';
import { stagePackages } from './stage-packages.ts';

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

const into = resolve(process.argv[2] ?? '.build/packed');
mkdirSync(into, { recursive: true });
const stage = mkdtempSync(join(tmpdir(), 'holdfast-pack-'));
try {
  const folders = stagePackages(stage);
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', into, ...folders], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // npm 12 answers by name, others in their order.
  const packed: Packed[] = Object.values(JSON.parse(said) as Record<string, Packed>);
  writePinnedInstall(into, new Map(packed.map(({ name, filename }) => [name, filename])));
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  for (const { name, filename, size, unpackedSize, entryCount } of packed)
    process.stdout.write(
      `${name}  ${join(into, filename)}  ${kib(size)}, unpacked ${kib(unpackedSize)} in ${entryCount} files\n`,
    );
} finally {
  rmSync(stage, { recursive: true, force: true });
}
