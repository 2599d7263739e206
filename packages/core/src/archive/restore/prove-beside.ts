// A thread that reads again what was loaded, while indexes are still made. It is started early: by the time there is
// something to read, it is ready.

import { toHoldfastError } from '../../job/module-messages.ts';
import { keepThread, takeThread } from './kept-thread.ts';
import type { DigestOfTable } from './overall-digest.ts';
import type { Proof, Prover } from './prove-tables.ts';
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
  let proof: Proof | undefined;
  return {
    prove(parts, pace) {
      const opened = Promise.withResolvers<void>();
      const digests = Promise.withResolvers<DigestOfTable[]>();
      const fail = (error: unknown): void => {
        opened.reject(error);
        digests.reject(error);
      };
      worker.on('message', (message: FromProve) => {
        if (message.type === 'rows') pace.add(message.table, message.rows);
        else if (message.type === 'opened') opened.resolve();
        else if (message.type === 'done') digests.resolve(message.digests);
        else fail(toHoldfastError(message.error));
      });
      worker.once('error', fail);
      worker.once('exit', (code) => fail(new Error(`the thread that proves ended with ${code}`)));
      say({ type: 'start', url, keyFile, parts });
      signal.addEventListener('abort', cancel, { once: true });
      proof = { opened: opened.promise, digests: digests.promise };
      return proof;
    },
    async end() {
      signal.removeEventListener('abort', cancel);
      // Where the rest has failed, it may still read.
      cancel();
      const sound = await (proof?.digests ?? Promise.resolve()).then(
        () => true,
        () => false,
      );
      if (sound) keepThread('prove-thread', worker);
      else await worker.terminate();
    },
  };
}
