// What a command line and a running server say to each other: lines of JSON over a socket of this machine.

import type { Socket } from 'node:net';

/** The first line of a command line. */
export interface Asked {
  /** Of the file that the server leaves for whoever may read the data folder. */
  readonly token: string;
  readonly argv: readonly string[];
  /** Relative paths are meant from here. */
  readonly cwd: string;
  /** Settings of Holdfast among the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Who types. */
  readonly user: string;
  readonly tty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
}

export type FromClient = { readonly answer: string | boolean | null } | { readonly stop: true };

export interface Question {
  readonly kind: 'confirm' | 'password';
  readonly message: string;
}

export type FromServer =
  | { readonly ready: true }
  | { readonly out: string }
  | { readonly err: string }
  | { readonly ask: Question }
  /** A job that ends after the server has let go of its database. */
  | { readonly handOver: string }
  | { readonly exit: number };

/** Longest line, in characters. */
const longest = 4 * 1024 * 1024;

export const sendLine = (socket: Socket, message: Asked | FromClient | FromServer): boolean =>
  socket.writable && socket.write(`${JSON.stringify(message)}\n`);

/** Hears every whole line; one that is no JSON, or has no end, ends the connection. */
export function hearLines(socket: Socket, hear: (message: unknown) => void): void {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop()!;
    if (text.length > longest) socket.destroy();
    for (const line of lines) {
      let message: unknown;
      try {
        message = JSON.parse(line);
      } catch {
        socket.destroy();
        return;
      }
      hear(message);
    }
  });
}
