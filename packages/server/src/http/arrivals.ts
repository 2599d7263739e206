// How long requests may take to arrive: whole within a limit. An upload may take longer, as long as it goes on.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';

export class Arrivals {
  readonly #limitMs: number;
  readonly #timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

  /** @param limitMs from the end of a request's headers to its own */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Ends what is late: 408 where nothing was answered yet. Headers have a limit of Node's own. */
  watch(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      // Without a body it is there already.
      if (length === undefined && encoding === undefined) return;
      const timer = setTimeout(() => {
        if (!request.complete) end(request, response);
      }, this.#limitMs);
      this.#follow(request, timer);
    });
  }

  /** Of a request that was permitted: only a silence as long as the limit ends it. */
  lift(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    clearTimeout(this.#timers.get(request));
    let had = socket.bytesRead;
    const timer = setInterval(() => {
      if (request.complete) clearInterval(timer);
      else if (socket.bytesRead === had) end(request, response);
      had = socket.bytesRead;
    }, this.#limitMs);
    this.#follow(request, timer);
  }

  #follow(request: IncomingMessage, timer: NodeJS.Timeout): void {
    this.#timers.set(request, timer.unref());
    request.once('close', () => clearTimeout(timer));
  }
}

function end({ socket }: IncomingMessage, response: ServerResponse): void {
  if (!response.headersSent && socket.writable)
    socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  socket.destroySoon();
}
