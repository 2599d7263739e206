// Before the tests: every database server there is, once for the whole run. After them: stopped again.

import type { TestProject } from 'vitest/node';
import { s3Server } from '../archive-targets/s3-server.ts';
import { sftpServer } from '../archive-targets/sftp-server.ts';
import { mysqlServer } from './mysql-server.ts';
import { postgresServer } from './postgres-server.ts';
import type { Started, TestServer } from './server.ts';

const kinds: readonly TestServer[] = [postgresServer, mysqlServer];

/** What cannot be run, and why. */
export interface NotRun {
  readonly name: string;
  readonly reason: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** URLs of servers by the name of their engine. */
    servers: Readonly<Record<string, string>>;
    notRun: readonly NotRun[];
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Record<string, string> = {};
  const notRun: NotRun[] = [];
  const started: Started[] = [];
  for (const { name, variable, start } of kinds) {
    const given = process.env[variable];
    if (given !== undefined) {
      servers[name] = given;
      continue;
    }
    const server = await start();
    if ('missing' in server) {
      notRun.push({ name, reason: `${server.missing}; ${variable}=URL names a server to use` });
      continue;
    }
    started.push(server);
    servers[name] = server.url;
  }
  // Those of archives are started by the few files that need them.
  for (const { name, missing } of [s3Server, sftpServer]) {
    const reason = missing();
    if (reason !== undefined) notRun.push({ name, reason });
  }
  project.provide('servers', servers);
  project.provide('notRun', notRun);
  return async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
}
