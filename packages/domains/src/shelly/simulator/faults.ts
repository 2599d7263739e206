// Faults on demand: rules that make chosen requests go wrong in chosen ways.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type FaultKind =
  /** Answers with `status`, 500 unless given, and `body`. */
  | 'status'
  /** Waits `delayMs` before it answers as usual. */
  | 'slow'
  /** Promises everything, sends half, and closes. */
  | 'truncate'
  /** Resets the connection before any byte. */
  | 'reset'
  /** A page of HTML. */
  | 'not-json'
  /** Valid JSON that is a list. */
  | 'wrong-shape'
  /** Five megabytes of valid JSON. */
  | 'huge'
  /** Valid JSON, nested ten thousand deep. */
  | 'deep';

export interface Fault {
  readonly kind: FaultKind;
  /** Of one device only. */
  readonly mac?: string;
  /** `/shelly`, `/settings`, or `/rpc/METHOD`, also where the method comes in a frame; all unless given. */
  readonly path?: string | RegExp;
  readonly delayMs?: number;
  readonly status?: number;
  readonly body?: string;
}

const matches = ({ mac, path }: Fault, ofMac: string, ofPath: string): boolean =>
  (mac === undefined || mac === ofMac) &&
  (path === undefined || (typeof path === 'string' ? path === ofPath : path.test(ofPath)));

/** The rule that hits a request. */
export const faultOf = (faults: readonly Fault[], mac: string, path: string): Fault | undefined =>
  faults.find((fault) => matches(fault, mac, path));

/** Sends what the fault makes of an answer. @returns false when the answer is to be sent as it is */
export async function sendFault(fault: Fault, response: ServerResponse, body: string): Promise<boolean> {
  const json = (text: string): boolean => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    return true;
  };
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.delayMs ?? 1_000);
      return false;
    case 'status':
      response.writeHead(fault.status ?? 500).end(fault.body ?? '');
      return true;
    case 'truncate':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) });
      response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'not-json':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Router</body></html>');
      return true;
    case 'wrong-shape':
      return json('[1,2,3]');
    case 'huge':
      return json(`{"padding":"${'x'.repeat(5 * 1024 * 1024)}"}`);
    case 'deep':
      return json(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
  }
}
