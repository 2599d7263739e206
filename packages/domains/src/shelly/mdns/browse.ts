// Asks the local network which devices there are, by multicast.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/core';
import { Instances, type Place, services } from './instances.ts';
import { decodeAnswer, encodeQuery } from './packet.ts';

const group = '224.0.0.251';
const port = 5353;
/** Pauses after each of the questions: answers are spread over half a second, and some are lost. */
const pausesMs = [800, 1_200, 1_000] as const;

/**
 * Asks on every interface, several times. Questions come from a port of our own, so that answers come straight back
 * and nothing else on this machine that listens to mDNS is in the way.
 * @param onFound called once for each place
 * @throws SOURCE_UNREACHABLE when there is no network to ask, CANCELLED
 */
export async function browse(
  { signal }: { readonly signal: AbortSignal | undefined },
  onFound: (place: Place) => void,
): Promise<void> {
  const instances = new Instances();
  const sockets: Socket[] = [];
  try {
    for (const address of ownAddresses()) {
      const socket = await open(address).catch(() => undefined);
      if (socket === undefined) continue;
      sockets.push(socket);
      socket.on('message', (message, { address: from }) => {
        for (const place of instances.add(decodeAnswer(message), from)) onFound(place);
      });
      // A failing interface is as good as a silent one.
      socket.on('error', () => undefined);
    }
    if (sockets.length === 0)
      throw new HoldfastError('SOURCE_UNREACHABLE', 'mDNS: there is no IPv4 network to ask');
    const query = encodeQuery(services);
    for (const pause of pausesMs) {
      for (const socket of sockets) socket.send(query, port, group, () => undefined);
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
    for (const place of instances.rest()) onFound(place);
  } catch (error) {
    if (signal?.aborted) throw new HoldfastError('CANCELLED', 'mDNS was cancelled');
    throw error;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );

async function open(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  socket.setMulticastInterface(address);
  return socket;
}
