// The pages for browsers: the built UI where there is one, and the page of the API.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { HoldfastError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { docsPage } from './docs-page.ts';
import { errorBody } from './error-answer.ts';
import { openApiOf } from './openapi.ts';
import { routes } from './routes.ts';

/** Beside the built server, or built in the workspace. */
const folders = ['../../web/', '../../../web/dist/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const builtPages = (): string | undefined => folders.find((folder) => existsSync(`${folder}index.html`));

let document: ReturnType<typeof openApiOf> | undefined;

export function registerPages(app: FastifyInstance): void {
  app.get('/api/openapi.json', async (_, reply) => {
    document ??= openApiOf(routes);
    return reply.send(document);
  });
  app.get('/api/docs', async (_, reply) => {
    document ??= openApiOf(routes);
    return reply.type('text/html; charset=utf-8').send(docsPage(document));
  });
  const folder = builtPages();
  if (folder !== undefined)
    app.register(fastifyStatic, {
      // The build writes each file compressed too.
      ...{ root: folder, wildcard: true, index: 'index.html', preCompressed: true },
      // Names of assets carry a digest of their content.
      setHeaders: (response, path) =>
        response.header(
          'cache-control',
          path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const isPage =
      request.method === 'GET' &&
      !path.startsWith('/api/') &&
      (request.headers.accept ?? '').includes('text/html');
    // Pages inside the UI have paths of their own, and no files.
    if (isPage && folder !== undefined)
      return reply.header('cache-control', 'no-cache').sendFile('index.html');
    const error =
      isPage && folder === undefined
        ? new HoldfastError('UI_NOT_BUILT', 'the pages for browsers were not built')
        : new HoldfastError('ROUTE_UNKNOWN', `there is no ${request.method} ${path.slice(0, 200)}`);
    return reply.code(404).send(errorBody(error));
  });
}
