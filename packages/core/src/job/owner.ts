// Who holds a lease or an intent, named so that another process can tell when he is gone.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

interface Process {
  /** In ticks since boot: a number that is used again belongs to another process then. */
  readonly begin: string;
  /** Killed, but still listed because nobody has asked how it ended. */
  readonly dead: boolean;
}

/** What the system says of a process, where it says anything. */
function look(pid: number | 'self'): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and parentheses: fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { begin: fields[19] ?? '', dead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}

/** Process numbers are those of a container; two on one host count apart. */
function namespaceOf(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}

/** This process, as `HOST/PID/NAMESPACE/BEGIN`. */
export const thisProcess = (): string =>
  [hostname().replaceAll('/', '-'), process.pid, namespaceOf(), look('self')?.begin ?? ''].join('/');

/**
 * Whether an owner is a process that was killed or has ended. False where that cannot be told from here: another
 * host, another container, a name that is not one of `thisProcess`; then only his lease's end says it.
 */
export function isGone(owner: string): boolean {
  const [host, pid, namespace, begin] = owner.split('/');
  if (begin === undefined || !/^[1-9]\d*$/.test(pid!)) return false;
  if (host !== hostname().replaceAll('/', '-') || namespace !== namespaceOf()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const living = look(Number(pid));
  return living !== undefined && (living.dead || (begin !== '' && living.begin !== begin));
}
