// The simulated cluster as the bench sees it: a child process with an address.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, ClusterSize, Moves, Order } from './simulator-child.ts';

export interface RemoteCluster extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** @returns guests whose configuration was edited */
  move(moves: Moves): Promise<number>;
}

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

export async function startCluster(size: ClusterSize): Promise<RemoteCluster> {
  const child = fork(fileURLToPath(new URL('simulator-child.ts', import.meta.url)));
  const made = await ask(child, { make: size });
  if (!('url' in made)) throw new Error('the simulator gave no address');
  return {
    ...made,
    pid: child.pid!,
    async move(moves) {
      const answer = await ask(child, { move: moves });
      return 'moved' in answer ? answer.moved : 0;
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
