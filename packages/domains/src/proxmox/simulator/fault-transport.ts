// Faults in how an answer travels: slowly, in part, not at all, or without end.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import { jsonType, type Outgoing, sendResponse, writeHead } from './response.ts';

/** What sending needs: the response, the bare TCP socket below it, and a signal for when the client is gone. */
export interface Wire {
  res: ServerResponse;
  socket: Socket;
  gone: AbortSignal;
  /** Whether the connection may stay open afterwards. */
  keep: boolean;
}

const hugeRow = (at: number): string =>
  `{"vmid":${100 + at},"id":"qemu/${100 + at}","node":"pve1","type":"qemu","status":"running","name":"flood-${at}","uptime":1}`;

const written = async (wire: Wire, chunk: Buffer): Promise<void> => {
  if (!wire.res.write(chunk)) await once(wire.res, 'drain', { signal: wire.gone });
};

// One block of rows is made and sent again and again, so that the size costs no memory.
const flood = async (wire: Wire, bytes: number): Promise<void> => {
  writeHead(
    wire.res,
    { status: 200, reason: 'OK', body: Buffer.alloc(0), type: jsonType, length: null },
    false,
  );
  const block = Buffer.from(Array.from({ length: 1000 }, (_, at) => hugeRow(at)).join(','));
  await written(wire, Buffer.from('{"data":['));
  for (let sent = 0; sent < bytes; sent += block.length + 1) {
    if (sent > 0) await written(wire, Buffer.from(','));
    await written(wire, block);
  }
  wire.res.end(']}');
};

const trickle = async (wire: Wire, outgoing: Outgoing, fault: Fault): Promise<void> => {
  const body = outgoing.body ?? Buffer.alloc(0);
  writeHead(wire.res, outgoing, wire.keep);
  wire.res.flushHeaders();
  const head = fault.afterBytes ?? 0;
  if (head > 0) wire.res.write(body.subarray(0, head));
  for (let at = head; at < body.length; at += 1) {
    await sleep(fault.delayMs ?? 10, undefined, { signal: wire.gone });
    wire.res.write(body.subarray(at, at + 1));
  }
  wire.res.end();
};

const sendPart = (wire: Wire, outgoing: Outgoing, bytes: number, then: () => void): void => {
  writeHead(wire.res, outgoing, false);
  wire.res.flushHeaders();
  const part = (outgoing.body ?? Buffer.alloc(0)).subarray(0, bytes);
  if (part.length === 0) setImmediate(then);
  else wire.res.write(part, then);
};

const reset = (wire: Wire, outgoing: Outgoing, afterBytes: number | undefined): void => {
  if (afterBytes === undefined) wire.socket.resetAndDestroy();
  else sendPart(wire, outgoing, afterBytes, () => wire.socket.resetAndDestroy());
};

/** Sends an answer through the first fault that is about sending, or plainly. Rejects only when the client is gone. */
export const deliver = async (wire: Wire, outgoing: Outgoing, faults: readonly Fault[]): Promise<void> => {
  for (const fault of faults) {
    switch (fault.kind) {
      case 'huge':
        return flood(wire, fault.bytes ?? 200 * 1024 ** 2);
      case 'trickle':
        return trickle(wire, outgoing, fault);
      case 'truncate': {
        const bytes = fault.afterBytes ?? Math.floor((outgoing.body?.length ?? 0) / 2);
        return sendPart(wire, outgoing, bytes, () => wire.res.socket?.end());
      }
      case 'reset':
        return reset(wire, outgoing, fault.afterBytes);
      default:
    }
  }
  sendResponse(wire.res, outgoing, wire.keep);
};
