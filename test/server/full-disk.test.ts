// A full disk under a served SQLite database: what is written is refused by name, what is read is answered, and it goes on.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openServer } from './open-server.ts';

/** A small disk of its own; undefined where none can be mounted. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

test('reads go on, writes are refused, and nothing is half-stored', async ({ skip }) => {
  const disk = smallDisk();
  if (disk === undefined) return skip('no file system can be mounted here');
  const usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = disk;
  const server = await openServer().finally(() => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const set = (path: string) => server.post('/api/v1/drift/rules', { path, reason: 'x'.repeat(400) });
  expect((await set('before')).status).toBe(201);
  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));

  // What room the log still has is used up soon.
  let refused = await set('first');
  for (let tries = 0; refused.status === 201 && tries < 10_000; tries++) refused = await set(`t${tries}`);
  expect([refused.status, refused.json.error.code], refused.text).toEqual([507, 'DISK_FULL']);
  expect((await server.get('/health', { as: null })).status).toBe(200);
  const rules = await server.get('/api/v1/drift/rules');
  expect(rules.status).toBe(200);
  const { length } = rules.json.items;
  rmSync(filler);
  expect((await set('after')).status).toBe(201);
  expect((await server.get('/api/v1/drift/rules')).json.items).toHaveLength(length + 1);
  const check = await server.ended(await server.post('/api/v1/db/check'));
  expect(check.result, JSON.stringify(check.error)).toEqual({ ok: true, findings: [] });
});
