// What an SFTP server is asked for before anything is kept there: its key, and a way to sign in.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTarget, setUpTarget, type TargetSettings } from '@holdfast/core/targets';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { impatient } from './places.ts';
import type { RunningServer } from './server.ts';
import { sftpServer } from './sftp-server.ts';

type SftpSettings = Extract<TargetSettings, { kind: 'sftp' }>;
type Place = Awaited<ReturnType<RunningServer['place']>>;

describe.skipIf(sftpServer.missing() !== undefined)('an SFTP server', () => {
  let server: RunningServer;
  let place: Place & { settings: SftpSettings };
  beforeAll(async () => {
    server = await sftpServer.start();
  });
  afterAll(async () => server?.stop());
  beforeEach(async () => {
    place = (await server.place()) as typeof place;
  });

  // Who signs in wrongly is kept waiting.
  const patient = { ...impatient, timeout: 20_000 };
  const setUp = (settings: SftpSettings, credentials = place.credentials) =>
    setUpTarget(settings, credentials, patient);

  test('whose key is not pinned is refused, and the fingerprint to pin is named', async () => {
    const { fingerprint, ...unpinned } = place.settings;
    await expect(setUp(unpinned)).rejects.toMatchObject({
      code: 'TARGET_HOST_KEY',
      message: expect.stringContaining(fingerprint!),
      hint: expect.stringContaining(fingerprint!),
      details: { fingerprint },
    });
  });

  test('with another key than the pinned one is refused', async () => {
    const fingerprint = `SHA256:${'A'.repeat(43)}`;
    await expect(setUp({ ...place.settings, fingerprint })).rejects.toMatchObject({
      code: 'TARGET_HOST_KEY',
      details: { pinned: fingerprint, fingerprint: place.settings.fingerprint },
    });
  });

  test('lets in neither a wrong password nor a wrong key', async () => {
    const refused = { code: 'TARGET_AUTH' };
    await expect(setUp(place.settings, { password: 'wrong' })).rejects.toMatchObject(refused);
    await expect(setUp(place.settings, {})).rejects.toMatchObject(refused);
    await expect(setUp(place.settings, { privateKey: 'no key at all' })).rejects.toMatchObject(refused);
    const path = join(place.settings.path, 'other');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'phrase', '-f', path]);
    const { stdout: privateKey } = spawnSync('cat', [path], { encoding: 'utf8' });
    await expect(setUp(place.settings, { privateKey })).rejects.toMatchObject(refused);
    await expect(setUp(place.settings, { privateKey, passphrase: 'other' })).rejects.toMatchObject(refused);
    await expect(setUp(place.settings, { privateKey, passphrase: 'phrase' })).rejects.toMatchObject(refused);
  });

  test('whose folder is gone, or is another, is written nothing to', async () => {
    const settings = await setUp(place.settings);
    const target = openTarget(settings, place.credentials, impatient);
    rmSync(join(settings.path, '.holdfast-target'));
    await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    expect(readdirSync(settings.path)).toEqual([]);
    rmSync(settings.path, { recursive: true });
    await expect(target.check()).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await expect(setUp(place.settings)).rejects.toMatchObject({ code: 'TARGET_MISSING' });
    await target.close();
  });

  test('where the user may not write says so', async () => {
    const settings = await setUp(place.settings);
    const target = openTarget(settings, place.credentials, impatient);
    chmodSync(settings.path, 0o555);
    await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_FORBIDDEN' });
    await target.close();
  });

  test('lists no folders and no links', async () => {
    const settings = await setUp(place.settings);
    const target = openTarget(settings, place.credentials, impatient);
    mkdirSync(join(settings.path, 'folder.sma'));
    spawnSync('ln', ['-s', '/etc/passwd', join(settings.path, 'link.sma')]);
    writeFileSync(join(settings.path, 'real.sma'), 'x');
    const listed: string[] = [];
    for await (const { name } of target.list()) listed.push(name);
    expect(listed).toEqual(['real.sma']);
    expect(await target.stat('link.sma')).toBeUndefined();
    await target.close();
  });
});
