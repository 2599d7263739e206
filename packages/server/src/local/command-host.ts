// A command of the command line in a thread of the server: what it prints, asks and ends with goes back to who typed it.

import { parentPort, workerData } from 'node:worker_threads';
import { runCommand } from '../cli/run-command.ts';
import { verbs } from '../cli/verbs.ts';
import type { Asked, FromClient, FromServer, Question } from './messages.ts';

const { argv, cwd, user, tty } = workerData as Asked;
const port = parentPort!;
const say = (message: FromServer): void => port.postMessage(message);

for (const name of ['stdin', 'stdout', 'stderr'] as const)
  Object.defineProperty(process[name], 'isTTY', { value: tty[name] });

const stop = new AbortController();
let answered: ((answer: string | boolean | null) => void) | undefined;
port.on('message', (message: FromClient) => {
  if ('stop' in message) stop.abort();
  else answered?.(message.answer);
});

async function ask(question: Question): Promise<string | boolean | null> {
  const { promise, resolve } = Promise.withResolvers<string | boolean | null>();
  answered = resolve;
  stop.signal.addEventListener('abort', () => resolve(null), { once: true });
  say({ ask: question });
  return promise;
}

const handOver = (job: string): void => say({ handOver: job });
const exit = await runCommand(argv, verbs, { cwd, user, ask, signal: stop.signal, handOver });
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
say({ exit });
port.close();
