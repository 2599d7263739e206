// One SSH connection for as long as it lives: made when first needed, made again when it was lost.

import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import { HoldfastError } from '../../../errors.ts';
import type { SftpSettings, TargetCredentials } from '../settings.ts';
import { sftpError } from './sftp-error.ts';

/** As OpenSSH prints it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

export interface ConnectionOptions {
  /** Milliseconds without an answer after which the server counts as gone. */
  readonly timeout: number;
}

export class SftpConnection {
  readonly place: string;
  readonly #settings: SftpSettings;
  readonly #credentials: TargetCredentials;
  readonly #timeout: number;
  #session: Promise<SFTPWrapper> | undefined;
  #client: Client | undefined;
  /** Requests without an answer yet, by the session that they were sent on. */
  readonly #waiting = new Map<SFTPWrapper, Set<() => void>>();

  constructor(settings: SftpSettings, credentials: TargetCredentials, { timeout }: ConnectionOptions) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#timeout = timeout;
    this.place = `sftp://${settings.user}@${settings.host}:${settings.port}${settings.path}`;
  }

  /**
   * One request. A loss of the connection ends it, whatever it waits for.
   * @throws TARGET_AUTH, TARGET_HOST_KEY, TARGET_UNREACHABLE, and what `sftpError` makes of the answer
   */
  async ask<T>(
    name: string,
    request: (sftp: SFTPWrapper, done: (error: Error | null | undefined, value?: T) => void) => void,
  ): Promise<T> {
    const sftp = await this.session();
    const waiting = this.#waiting.get(sftp);
    if (waiting === undefined) throw sftpError(this.place, name, new Error('the connection was lost'));
    return new Promise((resolve, reject) => {
      const gone = () => settle(new Error('the connection was lost'));
      const timer = setTimeout(() => {
        gone();
        this.#drop();
      }, this.#timeout);
      const settle = (error: Error | null | undefined, value?: T) => {
        clearTimeout(timer);
        waiting.delete(gone);
        if (error) reject(sftpError(this.place, name, error));
        else resolve(value as T);
      };
      waiting.add(gone);
      try {
        request(sftp, settle);
      } catch (error) {
        settle(error as Error);
      }
    });
  }

  session(): Promise<SFTPWrapper> {
    this.#session ??= this.#connect().catch((error: unknown) => {
      this.#session = undefined;
      throw sftpError(this.place, '', error);
    });
    return this.#session;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#drop();
    client?.end();
  }

  #drop(): void {
    this.#session = undefined;
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #connect(): Promise<SFTPWrapper> {
    const { Client } = await import('ssh2').catch((error: unknown) => {
      throw new HoldfastError('DRIVER_MISSING', 'SFTP needs the package ssh2', {
        hint: 'npm install ssh2',
        cause: error,
      });
    });
    const signIn = this.#signIn();
    const client = new Client();
    let refused: HoldfastError | undefined;
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.on('ready', () => client.sftp((error, session) => (error ? reject(error) : resolve(session))));
      client.on('error', (error) => reject(refused ?? error));
      client.on('close', () => reject(refused ?? new Error('the server hung up')));
      client.connect({
        ...signIn,
        readyTimeout: this.#timeout,
        keepaliveInterval: Math.ceil(this.#timeout / 3),
        keepaliveCountMax: 2,
        hostVerifier: (key: Buffer) => {
          refused = this.#judge(fingerprintOf(key));
          return refused === undefined;
        },
      });
    }).catch((error: unknown) => {
      client.destroy();
      // The client has not taken it where it finds the key no key.
      signIn.sock.destroy();
      throw error;
    });
    const lost = () => {
      for (const gone of this.#waiting.get(sftp) ?? []) gone();
      this.#waiting.delete(sftp);
      if (this.#client === client) this.#drop();
    };
    this.#waiting.set(sftp, new Set());
    client.on('close', lost);
    sftp.on('close', lost);
    this.#client = client;
    return sftp;
  }

  #signIn() {
    const { host, port, user: username } = this.#settings;
    const { password, privateKey, passphrase } = this.#credentials;
    if (password === undefined && privateKey === undefined)
      throw new HoldfastError('TARGET_AUTH', `${this.place}: neither a password nor a private key is given`);
    const key = privateKey === undefined ? {} : { privateKey };
    // Requests are small, and each waits for the answer to the one before: none is to wait for company.
    const sock = connect({ host, port, noDelay: true });
    return { sock, username, ...key, ...(passphrase && { passphrase }), ...(password && { password }) };
  }

  #judge(fingerprint: string): HoldfastError | undefined {
    const pinned = this.#settings.fingerprint;
    if (pinned === fingerprint) return undefined;
    const details = { fingerprint, ...(pinned === undefined ? {} : { pinned }) };
    if (pinned === undefined)
      return new HoldfastError(
        'TARGET_HOST_KEY',
        `${this.place} has a key that is not pinned: ${fingerprint}`,
        {
          hint: `Compare it on the server (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then give fingerprint=${fingerprint}`,
          details,
        },
      );
    const message = `${this.place} has the key ${fingerprint}, pinned is ${pinned}: another server may answer in its place`;
    return new HoldfastError('TARGET_HOST_KEY', message, { details });
  }
}
