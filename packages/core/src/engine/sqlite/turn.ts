// Turns of the event loop: SQLite answers at once, so a loop of awaited statements would never let it turn.

import { setImmediate as nextTurn } from 'node:timers/promises';

const longestMs = 8;
let turnedAt = performance.now();

/** Has work kept the event loop for longer than a server should? */
export const turnDue = (): boolean => performance.now() - turnedAt > longestMs;

/** Gives the event loop a turn. */
export async function turn(): Promise<void> {
  await nextTurn();
  turnedAt = performance.now();
}
