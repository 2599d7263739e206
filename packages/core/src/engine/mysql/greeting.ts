// The first words of a connection: whatever else listens on a port is told by them, or by having none.

import type { Connection } from 'mysql2';
import { HoldfastError } from '../../errors.ts';
import { offersArrays, wantArrays } from './arrays.ts';
import { socketOf } from './connection.ts';
import { type Place, reachHint, translate } from './errors.ts';
import { wireOf } from './wire.ts';

const silent = 'something is there, and does not greet as MySQL and MariaDB do';

/**
 * Waits until the server has let us in. @returns whether it takes arrays of rows
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTH, DATABASE_NOT_FOUND
 */
export async function greeted(raw: Connection, place: Place): Promise<boolean> {
  const socket = socketOf(raw);
  let [connected, spoke, arrays] = [false, false, false];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = (what: string): void => {
    const message = `${place.location} cannot be reached: ${what}`;
    reject(new HoldfastError('DATABASE_UNREACHABLE', message, { hint: reachHint() }));
  };
  socket.once('connect', () => {
    connected = true;
  });
  // Before the driver, which takes anything for the length of a message.
  socket.prependOnceListener('data', (bytes: Buffer) => {
    spoke = true;
    if (!isGreeting(bytes)) refuse('what answers there is neither MySQL nor MariaDB');
    arrays = offersArrays(bytes);
    if (arrays) wantArrays(wireOf(raw));
  });
  raw.once('connect', () => resolve());
  raw.once('error', (error) => {
    if (connected && !spoke) refuse(silent);
    else reject(translate(error, place));
  });
  raw.once('end', () => refuse(spoke ? 'it hung up during the sign-in' : silent));
  await promise;
  return arrays;
}

/** A greeting is the first of its messages, and is of protocol 10; or it is a refusal. */
const isGreeting = ([, , , sequence, kind]: Buffer): boolean =>
  sequence === 0 && (kind === undefined || kind === 10 || kind === 0xff);
