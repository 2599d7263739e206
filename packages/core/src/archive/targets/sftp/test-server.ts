// An SFTP server of the bare protocol, for tests: a folder, a password, and none of OpenSSH's extensions.

import { generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  type Dirent,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { SftpSettings, TargetCredentials } from '../settings.ts';
import { fingerprintOf } from './connection.ts';

const { Server, utils } = ssh2;
const { STATUS_CODE, flagsToString } = utils.sftp;

export interface BareServer {
  readonly settings: SftpSettings;
  readonly credentials: TargetCredentials;
  /** Requests by name, in their order. */
  readonly asked: string[];
  /** What the next request of a name is answered with: a status, nothing, or the end of the connection. */
  readonly faults: Map<string, number | 'silence' | 'hang up'>;
  close(): Promise<void>;
}

export async function bareServer(root: string): Promise<BareServer> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  const asked: string[] = [];
  const faults: BareServer['faults'] = new Map();
  const server = new Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => {
      if (auth.method === 'password' && auth.username === 'user' && auth.password === 'a password')
        auth.accept();
      else auth.reject(['password']);
    });
    client.on('ready', () => {
      client.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) =>
          serve(acceptSftp(), { asked, faults, hangUp: () => client.end() }),
        );
      });
    });
  });
  // The library's own sockets wait for company before they send.
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  return {
    settings: {
      ...{ kind: 'sftp', host: '127.0.0.1', port, user: 'user', path: root },
      fingerprint: fingerprintOf(parsed.getPublicSSH()),
    },
    credentials: { password: 'a password' },
    ...{ asked, faults },
    close: () => new Promise((resolve) => listener.close(() => resolve())),
  };
}

interface Serving extends Pick<BareServer, 'asked' | 'faults'> {
  readonly hangUp: () => void;
}

function serve(sftp: ssh2.SFTPWrapper, { asked, faults, hangUp }: Serving): void {
  const files = new Map<string, number | Dirent[]>();
  let next = 0;
  const handleOf = (value: number | Dirent[]): Buffer => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(next++);
    files.set(handle.toString('hex'), value);
    return handle;
  };
  const at = (handle: Buffer) => files.get(handle.toString('hex')) as number;
  const attributes = (path: string, stat: typeof lstatSync | typeof statSync) => {
    const { mode, uid, gid, size, atimeMs, mtimeMs } = stat(path)!;
    return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
  };
  /** Answers, or says which of the protocol's few failures it was. */
  const answer = (name: string, id: number, work: () => void) => {
    asked.push(name);
    const fault = faults.get(name);
    faults.delete(name);
    if (fault === 'silence') return;
    if (fault === 'hang up') return hangUp();
    try {
      if (fault !== undefined) sftp.status(id, fault);
      else work();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      sftp.status(id, code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (name: string, id: number, work: () => void) =>
    answer(name, id, () => {
      work();
      sftp.status(id, STATUS_CODE.OK);
    });
  sftp.on('OPEN', (id, path, flags) =>
    answer('OPEN', id, () => sftp.handle(id, handleOf(openSync(path, flagsToString(flags)!)))),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer('READ', id, () => {
      const buffer = Buffer.alloc(length);
      const read = readSync(at(handle), buffer, 0, length, offset);
      if (read === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, read));
    }),
  );
  sftp.on('WRITE', (id, handle, offset, bytes) =>
    done('WRITE', id, () => writeSync(at(handle), bytes, 0, bytes.length, offset)),
  );
  sftp.on('FSETSTAT', (id, handle, { size }) => done('FSETSTAT', id, () => ftruncateSync(at(handle), size)));
  sftp.on('FSTAT', (id, handle) =>
    answer('FSTAT', id, () =>
      sftp.attrs(
        id,
        attributes('', () => fstatSync(at(handle)) as never),
      ),
    ),
  );
  sftp.on('CLOSE', (id, handle) =>
    done('CLOSE', id, () => {
      if (typeof at(handle) === 'number') closeSync(at(handle));
    }),
  );
  sftp.on('STAT', (id, path) => answer('STAT', id, () => sftp.attrs(id, attributes(path, statSync))));
  sftp.on('LSTAT', (id, path) => answer('LSTAT', id, () => sftp.attrs(id, attributes(path, lstatSync))));
  sftp.on('REMOVE', (id, path) => done('REMOVE', id, () => unlinkSync(path)));
  sftp.on('RENAME', (id, from, to) =>
    done('RENAME', id, () => {
      linkSync(from, to);
      unlinkSync(from);
    }),
  );
  const folders = new Map<string, string>();
  sftp.on('OPENDIR', (id, path) =>
    answer('OPENDIR', id, () => {
      const handle = handleOf(readdirSync(path, { withFileTypes: true }));
      folders.set(handle.toString('hex'), path);
      sftp.handle(id, handle);
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    answer('READDIR', id, () => {
      const key = handle.toString('hex');
      const entries = files.get(key) as Dirent[];
      files.set(key, []);
      if (entries.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else
        sftp.name(
          id,
          entries.map(({ name }) => ({
            filename: name,
            longname: name,
            attrs: attributes(join(folders.get(key)!, name), lstatSync),
          })),
        );
    }),
  );
}
