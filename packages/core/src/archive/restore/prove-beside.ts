// A thread that reads again what was loaded, while indexes are still made. It is started early: by the time there is
// something to read, it is ready.

import { toHoldfastError } from '../../job/module-messages.ts';
import { keepThread, takeThread } from './kept-thread.ts';
import type { DigestOfTable } from './overall-digest.ts';
import type { Prover } from './prove-tables.ts';
import type { FromProve, ToProve } from './thread-messages.ts';

interface Where {
  readonly url: string;
  readonly keyFile: string;
  readonly signal: AbortSignal;
}

export function proverBeside({ url, keyFile, signal }: Where): {
  readonly prove: Prover;
  /** Resolves when nothing is read any more. */
  end(): Promise<void>;
} {
  const worker = takeThread('prove-thread');
  const say = (message: ToProve): void => worker.postMessage(message);
  const cancel = (): void => say({ type: 'cancel' });
  let proof: Promise<DigestOfTable[]> | undefined;
  return {
    prove(parts, pace) {
      proof = new Promise((resolve, reject) => {
        worker.on('message', (message: FromProve) => {
          if (message.type === 'rows') pace.add(message.table, message.rows);
          else if (message.type === 'done') resolve(message.digests);
          else reject(toHoldfastError(message.error));
        });
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`the thread that proves ended with ${code}`)));
      });
      say({ type: 'start', url, keyFile, parts });
      signal.addEventListener('abort', cancel, { once: true });
      return proof;
    },
    async end() {
      signal.removeEventListener('abort', cancel);
      // Where the rest has failed, it may still read.
      cancel();
      const sound = await (proof ?? Promise.resolve()).then(
        () => true,
        () => false,
      );
      if (sound) keepThread('prove-thread', worker);
      else await worker.terminate();
    },
  };
}
