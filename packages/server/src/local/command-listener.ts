// Takes commands of the command line while a server runs, each in a thread of its own: one process works on the database.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { thisProcess } from '@holdfast/core/job';
import { type Asked, type FromClient, type FromServer, hearLines, sendLine } from './messages.ts';
import { removeServed, type Served, writeServed } from './served-file.ts';

const host = new URL(
  import.meta.url.endsWith('.ts') ? './command-host.ts' : './command-host.js',
  import.meta.url,
);

/** Whoever connects says what he wants within it. */
const helloMs = 10_000;
/** A command that has said its end, or was stopped, has this long to be gone. */
const graceMs = 5_000;

export interface CommandsOptions {
  /** The data folder. */
  readonly folder: string;
  /** File of the database. */
  readonly database: string;
  /** A command has ended: something may have happened. */
  readonly onEnd: () => void;
  /** A command has built what is to take the place of the database, as this job. */
  readonly onHandOver: (job: string) => void;
}

export class CommandListener {
  readonly #options: CommandsOptions;
  readonly #served: Served;
  readonly #server: Server;
  readonly #running = new Map<Socket, Promise<void>>();
  #taken = 0;

  /** Listens on loopback, and leaves the file by which it is found. */
  static async start(options: CommandsOptions): Promise<CommandListener> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CommandListener(options, server);
  }

  constructor(options: CommandsOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    const token = randomBytes(32).toString('base64url');
    this.#served = { port, token, owner: thisProcess(), database: options.database };
    server.on('connection', (socket) => this.#hear(socket));
    writeServed(options.folder, this.#served);
  }

  get running(): number {
    return this.#running.size;
  }

  /** Commands since the start. */
  get taken(): number {
    return this.#taken;
  }

  #hear(socket: Socket): void {
    socket.on('error', () => {});
    const late = setTimeout(() => socket.destroy(), helloMs);
    const tell = new EventTarget();
    let begun = false;
    hearLines(socket, (message) => {
      if (begun) {
        tell.dispatchEvent(new CustomEvent('said', { detail: message }));
        return;
      }
      begun = true;
      clearTimeout(late);
      const asked = message as Asked;
      if (!this.#isKnown(asked)) {
        socket.destroy();
        return;
      }
      this.#taken++;
      const running = this.#run(socket, asked, tell).finally(() => {
        this.#running.delete(socket);
        this.#options.onEnd();
      });
      this.#running.set(socket, running);
    });
  }

  #isKnown({ token }: Asked): boolean {
    const [given, own] = [Buffer.from(String(token)), Buffer.from(this.#served.token)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  async #run(socket: Socket, asked: Asked, tell: EventTarget): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|DATABASE_)/.test(name));
    const worker = new Worker(host, {
      ...{ workerData: asked, env: { ...Object.fromEntries(inherited), ...asked.env } },
      ...{ stdout: true, stderr: true, execArgv: [] },
    });
    const say = (message: FromServer): boolean => sendLine(socket, message);
    say({ ready: true });
    const printed = (['out', 'err'] as const).map((name) => {
      const stream = name === 'out' ? worker.stdout : worker.stderr;
      stream.setEncoding('utf8').on('data', (text: string) => {
        say(name === 'out' ? { out: text } : { err: text });
      });
      return once(stream, 'end');
    });
    let exit = 1;
    let handedOver: string | undefined;
    let force: NodeJS.Timeout | undefined;
    const endSoon = (): void => {
      force ??= setTimeout(() => void worker.terminate(), graceMs).unref();
    };
    const pass = (message: FromClient): void => {
      if ('stop' in message) endSoon();
      worker.postMessage(message);
    };
    tell.addEventListener('said', (event) => pass((event as CustomEvent<FromClient>).detail));
    // Whoever typed it is gone.
    socket.on('close', () => pass({ stop: true }));
    worker.on('message', (message: FromServer) => {
      if ('exit' in message) {
        exit = message.exit;
        endSoon();
      } else {
        if ('handOver' in message) handedOver = message.handOver;
        say(message);
      }
    });
    worker.on('error', (error: Error) => say({ err: `holdfast: ${error.message}\n` }));
    await once(worker, 'exit').catch(() => undefined);
    clearTimeout(force);
    await Promise.all(printed);
    say({ exit });
    socket.end();
    // The thread has let go of the database.
    if (handedOver !== undefined) this.#options.onHandOver(handedOver);
  }

  /** Stops what runs here, and takes the file away. */
  async close(): Promise<void> {
    removeServed(this.#options.folder, this.#served);
    this.#server.close();
    for (const socket of this.#running.keys()) socket.destroySoon();
    await Promise.all(this.#running.values());
  }
}
