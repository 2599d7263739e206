// A store with faults: answers the next requests itself, as a busy or broken one would, and passes all others on.

import { createServer, request } from 'node:http';

export interface HttpFault {
  readonly status: number;
  /** The store's word for it. */
  readonly code: string;
  /** Requests to answer so. */
  times: number;
  /** Which requests: by method and path with query. Default all. */
  readonly match?: (method: string, url: string) => boolean;
  /** The request does its work, and its answer is lost. */
  readonly after?: true;
}

export interface HttpProxy {
  readonly port: number;
  readonly faults: HttpFault[];
  /** Method and path of every request. */
  readonly seen: string[];
  close(): Promise<void>;
}

export async function httpProxy(to: number): Promise<HttpProxy> {
  const faults: HttpFault[] = [];
  const seen: string[] = [];
  const server = createServer((asked, answer) => {
    const [method, url] = [asked.method!, asked.url!];
    seen.push(`${method} ${url}`);
    const fault = faults.find(({ times, match }) => times > 0 && (match?.(method, url) ?? true));
    if (fault !== undefined) fault.times--;
    const fail = () => {
      answer.writeHead(fault!.status, { 'content-type': 'application/xml' });
      answer.end(`<?xml version="1.0"?><Error><Code>${fault!.code}</Code><Message>staged</Message></Error>`);
    };
    if (fault !== undefined && fault.after === undefined) {
      asked.resume();
      asked.on('end', fail);
      return;
    }
    const passed = request(
      { host: '127.0.0.1', port: to, method, path: url, headers: asked.headers },
      (came) => {
        if (fault !== undefined) {
          came.resume();
          came.on('end', fail);
          return;
        }
        answer.writeHead(came.statusCode!, came.headers);
        came.pipe(answer);
      },
    );
    // What a store sends behind the answer to HEAD is no concern of the one who asked.
    passed.on('error', () => {
      if (!answer.headersSent) answer.destroy();
    });
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    faults,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
