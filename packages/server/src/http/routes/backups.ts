// Archives: made, looked at, and proven.

import { openFileSource, outlineArchive, requireArchive } from '@holdfast/core/archive';
import { archives } from '@holdfast/core/system';
import { z } from 'zod';
import { archivesJson } from '../../shapes/archives.ts';
import { readBackupState } from '../../shapes/backup-state.ts';
import { sealParam } from '../../shapes/sealed.ts';
import { keysAtHand, tablesOf } from '../archive-tables.ts';
import { queueJob } from '../queue-job.ts';
import { anyObject, jobAnswer, name, pageOf, paging, wellFormed } from '../request-parts.ts';
import { type Route, route } from '../route.ts';

const passphrase = z.string().min(1).max(1_000).optional();

export const backupRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/backups', role: 'viewer' },
    summary: 'Archives, newest first',
    query: z.strictObject(paging(50)),
    answer: pageOf(anyObject),
    async handle({ store, query }) {
      const { items, next } = await store
        .repository(archives)
        .list({ where: { prunedAt: null }, orderBy: [['takenAt', 'desc']], ...query });
      return { items: await archivesJson(store, items), next };
    },
  }),
  route({
    ...{ method: 'POST', path: '/backups', role: 'operator', status: 202 },
    summary: 'Write an archive of the database as it is now',
    body: z.strictObject({
      type: z.enum(['full', 'incremental', 'differential']).default('full'),
      only: z.array(name).min(1).max(200).optional(),
      histories: z.boolean().default(true),
      description: wellFormed(500).optional(),
      compression: z.enum(['zstd', 'gzip', 'none']).optional(),
      encrypt: z.boolean().default(true),
      passphrase,
    }),
    answer: jobAnswer,
    audit: ['create', 'backup'],
    async handle({ server, store, reply, actor, body: { passphrase: phrase, ...body }, audit }) {
      const sealed = phrase === undefined ? undefined : await sealParam(store, phrase);
      const job = await queueJob(server, reply, actor, 'archive-create', {
        ...body,
        passphrase: sealed,
        by: actor.name,
      });
      audit({ entityId: job.id, details: body });
      return { job };
    },
  }),
  route({
    ...{ method: 'GET', path: '/backups/state', role: 'viewer' },
    summary: 'How far behind the database its archives are, by data class',
    answer: z.object({ ok: z.boolean(), classes: z.array(anyObject), findings: z.array(anyObject) }),
    handle: ({ store }) => readBackupState(store),
  }),
  route({
    ...{ method: 'GET', path: '/backups/:id', role: 'viewer' },
    summary: 'What an archive says of itself, and its tables where it is open or the key is at hand',
    answer: anyObject,
    async handle({ server, store, params }) {
      const archive = await requireArchive(store, params.id);
      const [listed] = await archivesJson(store, [archive]);
      const source = await openFileSource(archive.path);
      try {
        const { header, slots, root, rows, chunks, bytes } = await outlineArchive(source);
        const { keys: _derivation, ...shown } = header;
        const content = { root, rows, chunks, bytes, encrypted: slots.length > 0, keys: slots };
        const tables = await tablesOf(source, await keysAtHand(server.data, slots));
        return { ...listed, ...shown, path: archive.path, ...content, tables };
      } finally {
        await source.close();
      }
    },
  }),
  route({
    ...{ method: 'POST', path: '/backups/:id/verify', role: 'operator', status: 202 },
    summary: 'Prove an archive: it counts as proven once a test restore has succeeded',
    body: z.strictObject({ depth: z.enum(['checksums', 'decode', 'restore']).optional(), passphrase }),
    answer: jobAnswer,
    audit: ['verify', 'backup'],
    async handle({ server, store, reply, actor, params, body }) {
      const { id: archive } = await requireArchive(store, params.id);
      const sealed = body.passphrase === undefined ? undefined : await sealParam(store, body.passphrase);
      const given = { archive, depth: body.depth, passphrase: sealed, by: actor.name };
      return { job: await queueJob(server, reply, actor, 'archive-verify', given) };
    },
  }),
];
