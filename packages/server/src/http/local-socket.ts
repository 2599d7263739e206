// Whether the other end of a connection is on this machine.

import type { Socket } from 'node:net';

export const isLocalSocket = ({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): boolean =>
  remoteAddress === '::1' || /^(::ffff:)?127\./.test(remoteAddress);
