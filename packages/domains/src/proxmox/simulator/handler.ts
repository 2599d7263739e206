// One HTTP request from its first byte to its answer: the product's limits, sign-in, the call, and the faults on the way.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './answer.ts';
import { compressed, type Format, refusalBody, successBody } from './api-body.ts';
import type { Service } from './call.ts';
import { dispatch, findRoute } from './dispatch.ts';
import { spoilData } from './fault-data.ts';
import { deliver } from './fault-transport.ts';
import type { Fault, Faults } from './faults.ts';
import { type Parameters, readForm } from './parameters.ts';
import { jsonType, type Outgoing, sendResponse } from './response.ts';

/** What the handler needs besides the service. */
export interface HandlerOptions {
  faults: Faults;
  authDelayMs: number;
  socketOf(remotePort: number | undefined): Socket | undefined;
  /** Called once a request, before its answer is sent; status 0 means that the connection is reset instead. */
  log(entry: { method: string; path: string; status: number }): void;
}

const maxBody = 512 * 1024;
const maxHeaders = 64;
const maxRequests = 100;

const bare = (status: number, reason: string): Refusal => new Refusal(status, reason, { empty: true });

interface Target {
  path: string;
  format: Format;
  query: string;
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const splitUrl = (url: string): { path: string; query: string } => {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: decoded(url), query: '' }
    : { path: decoded(url.slice(0, mark)), query: url.slice(mark + 1) };
};

const targetOf = (url: string): Target => {
  const { path, query } = splitUrl(url);
  if (!path.startsWith('/api2')) throw bare(501, `no such file '${path}'`);
  const match = /^\/api2\/+([a-z][a-z0-9]+)(\/.*)?$/.exec(path);
  if (match === null) throw bare(501, 'no such uri');
  const rest = (match[2] ?? '/').replace(/(?<=.)\/+$/, '');
  const format = match[1] as string;
  if (format !== 'json' && format !== 'extjs') throw bare(501, `no formatter for uri ${rest}, ${format}`);
  return { path: rest, format, query };
};

const readBody = async (req: IncomingMessage): Promise<Parameters> => {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length === 0) return readForm('');
  if (req.method !== 'POST' && req.method !== 'PUT') {
    throw bare(501, `Unexpected content for method '${req.method}'`);
  }
  if (length > maxBody) throw bare(501, 'for data too large');
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && type !== 'application/x-www-form-urlencoded' && type !== 'application/json') {
    throw bare(506, `upload 'Content-Type '${type}' not implemented`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (type !== 'application/json') return readForm(text);
  try {
    const parameters = readForm('');
    for (const [name, value] of Object.entries(JSON.parse(text) as object)) parameters[name] = String(value);
    return parameters;
  } catch (error) {
    throw bare(501, error instanceof Error ? error.message : 'malformed JSON string');
  }
};

const statusFault = (fault: Fault): Outgoing => {
  const status = fault.status ?? 500;
  const reason = fault.reason ?? STATUS_CODES[status] ?? 'Connection timed out';
  // Like the product: nothing after 401 and the codes of a failed inner connection.
  const silent = status === 401 || status >= 590;
  const text = fault.body ?? (silent ? null : '{"data":null}');
  return { status, reason, body: text === null ? null : Buffer.from(text), type: jsonType };
};

const replaced = (fault: Fault): Outgoing | undefined => {
  if (fault.kind === 'status') return statusFault(fault);
  if (fault.kind === 'wrong-shape') {
    return { status: 200, reason: 'OK', body: Buffer.from(fault.body ?? '{"data":null}'), type: jsonType };
  }
  if (fault.kind !== 'not-json') return undefined;
  const page =
    fault.body ?? '<!DOCTYPE html>\n<html><head><title>Proxy</title></head><body>Sign in</body></html>\n';
  return { status: 200, reason: 'OK', body: Buffer.from(page), type: 'text/html;charset=UTF-8' };
};

const call = async (
  service: Service,
  req: IncomingMessage,
  target: Target,
  faults: readonly Fault[],
): Promise<Outgoing> => {
  const { method = '', headers } = req;
  const { path, format, query } = target;
  const { random } = service;
  const open = method === 'POST' && (path === '/access/ticket' || path === '/access/tfa');
  const caller = open ? { user: '' } : service.authentication.authenticate(headers, method);
  const parameters = await readBody(req);
  Object.assign(parameters, readForm(query));
  // Browsers add this to get around caches.
  delete parameters._dc;
  try {
    const found = findRoute(method, path);
    const answer = dispatch(service, found, { method, path, headers, caller, parameters });
    return successBody({ ...answer, data: spoilData(answer.data, faults, random) }, format, random);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusalBody(error, format, service.profile, random);
  }
};

const answerOf = async (
  service: Service,
  req: IncomingMessage,
  target: Target,
  faults: readonly Fault[],
): Promise<Outgoing> => {
  for (const fault of faults) {
    const instead = replaced(fault);
    if (instead !== undefined) return instead;
  }
  return call(service, req, target, faults);
};

const checkProtocol = (req: IncomingMessage): void => {
  if (!['GET', 'POST', 'PUT', 'DELETE'].includes(req.method ?? '')) {
    throw bare(501, `method '${req.method}' not available`);
  }
  const coding = req.headers['transfer-encoding'];
  if (coding === undefined) return;
  throw bare(
    501,
    coding.toLowerCase() === 'chunked'
      ? 'chunked transfer encoding not supported'
      : `Unknown transfer encoding '${coding}'`,
  );
};

/** Makes the function that Node's HTTP server calls for each request. */
export const makeHandler = (service: Service, options: HandlerOptions): RequestListener => {
  const served = new WeakMap<Socket, number>();

  const handle = async (req: IncomingMessage, res: ServerResponse, gone: AbortSignal): Promise<void> => {
    const { method = '' } = req;
    const count = (served.get(req.socket) ?? 0) + 1;
    served.set(req.socket, count);
    let path = splitUrl(req.url ?? '/').path;
    let faults: Fault[] = [];
    let outgoing: Outgoing;
    try {
      checkProtocol(req);
      const target = targetOf(req.url ?? '/');
      path = target.path;
      faults = options.faults.take(path);
      for (const fault of faults) {
        if (fault.kind === 'slow') await sleep(fault.delayMs ?? 1000, undefined, { signal: gone });
      }
      outgoing = await answerOf(service, req, target, faults);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      outgoing = refusalBody(error, 'json', service.profile, service.random);
    }
    if (outgoing.status === 401 && options.authDelayMs > 0) {
      await sleep(options.authDelayMs, undefined, { signal: gone });
    }
    const cut = faults.some((fault) => fault.kind === 'reset' && fault.afterBytes === undefined);
    options.log({ method, path, status: cut ? 0 : outgoing.status });
    const socket = options.socketOf(req.socket.remotePort) ?? req.socket;
    const keep = count < maxRequests && !/close/i.test(req.headers.connection ?? '');
    const body = await compressed(outgoing, req.headers['accept-encoding'] as string | undefined);
    await deliver({ res, socket, gone, keep }, body, faults);
  };

  return (req, res) => {
    if (req.rawHeaders.length / 2 >= maxHeaders) {
      req.socket.destroy();
      return;
    }
    const gone = new AbortController();
    res.on('close', () => gone.abort());
    handle(req, res, gone.signal).catch((error: unknown) => {
      // A client that went away is normal; anything else is a bug here, and must be seen as one.
      if (gone.signal.aborted) return;
      if (res.headersSent) res.destroy();
      else
        sendResponse(res, { status: 500, reason: `simulator failed: ${error}`, body: null, type: '' }, false);
    });
  };
};
