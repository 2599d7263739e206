// The files of deploy/: what they name is there, and they hold together. What runs them is asked where it is installed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { verbs } from '../../packages/server/src/cli/verbs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts, version } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  version: string;
};
const isVerb = (name: string | undefined): boolean => verbs.some((verb) => verb.name === name);
const bin = '/opt/holdfast/node_modules/.bin/holdfast';

describe('Dockerfile', () => {
  const lines = read('deploy/Dockerfile')
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const of = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  test('both stages are the Node that the packages ask for', () => {
    expect(of('FROM')).toEqual(['node:24-bookworm-slim AS build', 'node:24-bookworm-slim']);
  });

  test('runs scripts that there are, and copies what they leave', () => {
    const called = of('RUN').flatMap((line) => [...line.matchAll(/npm run (\S+)/g)].map(([, name]) => name!));
    expect(called).toEqual(['pack']);
    for (const name of called) expect(scripts).toHaveProperty(name);
    expect(of('COPY')).toEqual(['. .', '--from=build /opt/holdfast /opt/holdfast']);
    expect(of('RUN').join('\n')).toContain(`ln -s ${bin} /usr/local/bin/holdfast`);
  });

  test('serves as somebody who is not root, with a volume and a health check', () => {
    const user = last.indexOf('USER node');
    expect(user).toBeGreaterThan(0);
    expect(last.slice(user).some((line) => line.startsWith('RUN '))).toBe(false);
    expect(of('ENV')[0]).toContain(`HOLDFAST_DATA=${of('VOLUME')[0]}`);
    expect(of('HEALTHCHECK')[0]).toContain(`http://127.0.0.1:${of('EXPOSE')[0]}/health`);
    expect(JSON.parse(of('ENTRYPOINT')[0]!)).toEqual(['holdfast']);
    expect(isVerb(JSON.parse(of('CMD')[0]!)[0])).toBe(true);
  });
});

test('the compose file: services, volumes and the image name what is there', () => {
  interface Service {
    readonly image: string;
    readonly build?: { readonly context: string; readonly dockerfile: string };
    readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
    readonly volumes?: readonly string[];
    readonly healthcheck?: object;
    readonly environment?: Readonly<Record<string, string>>;
  }
  const { services, volumes } = parse(read('deploy/compose.yaml')) as {
    services: Record<string, Service>;
    volumes: Record<string, null>;
  };
  expect(Object.keys(services)).toEqual(['holdfast', 'postgres', 'redis']);
  const { build, image, depends_on: needs, environment } = services['holdfast']!;
  expect(join('deploy', build!.context, build!.dockerfile)).toBe('deploy/Dockerfile');
  expect(image).toBe(`holdfast:${version}`);
  for (const [name, { condition }] of Object.entries(needs!)) {
    expect(condition).toBe('service_healthy');
    expect(services[name]).toHaveProperty('healthcheck');
  }
  const url = new URL(environment!['HOLDFAST_DATABASE']!.replace(/\$\{[^}]*\}/, 'secret'));
  expect(services).toHaveProperty(url.hostname);
  expect(services).toHaveProperty(new URL(environment!['HOLDFAST_REDIS']!).hostname);
  expect(services['postgres']!.environment).toMatchObject({
    POSTGRES_USER: url.username,
    POSTGRES_DB: url.pathname.slice(1),
  });
  const used = Object.values(services).flatMap((service) =>
    (service.volumes ?? []).map((each) => each.split(':')[0]!),
  );
  expect(used.sort()).toEqual(Object.keys(volumes).sort());
});

describe('the systemd unit', () => {
  const unit = read('deploy/holdfast.service');
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  test('serves from its own folder as its own user, and comes back', () => {
    const [program, verb] = value('ExecStart')!.split(' ');
    expect(program).toBe(bin);
    expect(isVerb(verb)).toBe(true);
    expect(value('Environment')).toContain(`HOLDFAST_DATA=/var/lib/${value('StateDirectory')}`);
    expect(value('User')).toBe('holdfast');
    expect(value('Restart')).toBe('on-failure');
    expect(value('ProtectSystem')).toBe('strict');
  });

  test.skipIf(!hasSystemd())('systemd-analyze has nothing to say', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-unit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // Whether its program is installed here is not the question.
    writeFileSync(join(folder, 'holdfast.service'), unit.replace(bin, process.execPath));
    const verify = spawnSync('systemd-analyze', ['verify', join(folder, 'holdfast.service')], {
      encoding: 'utf8',
    });
    // It also looks at what is installed on this machine.
    expect(verify.stderr.split('\n').filter((line) => line.includes('holdfast'))).toEqual([]);
  });
});

function hasSystemd(): boolean {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}
