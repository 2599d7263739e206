// Archives that are sent here, to be restored from.

import { Readable } from 'node:stream';
import { HoldfastError } from '@holdfast/core';
import { z } from 'zod';
import { anyObject, pageOf } from '../request-parts.ts';
import { type Route, route } from '../route.ts';
import { listUploads, removeUpload, takeUpload, uploadJson, uploadName } from '../uploads.ts';

const mostBytes = 4 * 1024 ** 3;

export const uploadRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/uploads', role: 'admin', answer: pageOf(anyObject) },
    summary: 'Archives that were sent here, to be restored from as upload:NAME',
    handle: async ({ server }) => ({ items: await listUploads(server.data), next: null }),
  }),
  route({
    ...{ method: 'PUT', path: '/uploads/:name', role: 'admin', status: 201, answer: anyObject },
    ...{ summary: 'Send an archive, of Holdfast or of Shelly Manager', audit: ['upload', 'archive'] },
    ...{ bytes: true, bodyLimit: mostBytes },
    async handle({ server, params: { name }, request }) {
      if (!uploadName.test(name))
        throw new HoldfastError('REQUEST_INVALID', 'params.name: letters, digits, dot, dash and underscore');
      if (!(request.body instanceof Readable)) throw new HoldfastError('BODY_KIND', 'there is no body');
      await takeUpload(server.data, name, request.body, mostBytes);
      return uploadJson(server.data, name);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/uploads/:name', role: 'admin', audit: ['remove', 'archive'] },
    summary: 'Remove what was sent',
    answer: z.object({ removed: z.string() }),
    async handle({ server, params: { name } }) {
      removeUpload(server.data, name);
      return { removed: name };
    },
  }),
];
