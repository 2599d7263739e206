// Restores: into another database, tried first and then with the confirm of that; into the served one, as a plan.

import { basename, dirname, resolve } from 'node:path';
import { formatInstant, HoldfastError, type Store } from '@holdfast/core';
import { conflictPolicies } from '@holdfast/core/archive';
import { jobs } from '@holdfast/core/system';
import { z } from 'zod';
import { isKept } from '../../backups/replace-plan.ts';
import { sqliteFile } from '../../local/served-file.ts';
import { sealParam } from '../../shapes/sealed.ts';
import { archiveNamed } from '../archive-named.ts';
import { confirmOf, requireConfirm } from '../confirm.ts';
import { queueJob } from '../queue-job.ts';
import { jobAnswer, moment, name } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';
import { refusePart as refuse, targetUrl } from '../target-url.ts';

const restoreBody = z.strictObject({
  archive: z.string().max(2_000),
  to: z.string().max(2_000).optional(),
  at: moment.optional(),
  lossy: z.enum(['refuse', 'nearest']).default('refuse'),
  passphrase: z.string().min(1).max(1_000).optional(),
  dryRun: z.boolean().optional(),
  confirm: z.string().max(64).optional(),
  conflict: z.enum(conflictPolicies).optional(),
  only: z.array(name).min(1).max(200).optional(),
  where: z.array(z.string().max(2_000)).max(50).optional(),
  preserveExisting: z.boolean().optional(),
  safetyArchive: z.boolean().optional(),
  replace: z.boolean().optional(),
  source: name.optional(),
});

type RestoreCall = Call<unknown, unknown, z.output<typeof restoreBody>>;

/** Beside records that live. */
const living = ['conflict', 'only', 'where', 'preserveExisting', 'safetyArchive', 'source'] as const;
const elsewhere = ['dryRun', 'confirm'] as const;

const intoKind = 'archive-restore-into';
const replaceJob = 'archive-replace';
/** Those whose plans have the id of the job that made them. */
const planning: readonly string[] = [intoKind, replaceJob, 'move'];

export const restoreRoutes: readonly Route[] = [
  route({
    ...{ method: 'POST', path: '/restore', role: 'admin', status: 202 },
    summary:
      'Restore an archive: into another database, or as a plan into the one that is served, or in the place of it',
    body: restoreBody,
    answer: jobAnswer,
    audit: ['restore', 'backup'],
    handle: (call) => {
      const { to, replace } = call.body;
      if (to !== undefined) return restoreElsewhere(call, to);
      return replace === true ? replaceAll(call) : restoreInto(call);
    },
  }),
];

/** Whoever plans is asked for nothing: nothing is changed before consent to the plan. */
async function restoreInto({ server, store, reply, actor, body, audit }: RestoreCall) {
  for (const each of elsewhere)
    if (body[each] !== undefined)
      throw refuse(each, 'into the database that is served it is a plan, and consent is to that plan');
  if ((body.where ?? []).length > 0 && body.only?.length !== 1)
    throw refuse('where', 'it selects records of one resource: name it in only');
  const { given: archive, shown: of, manager } = await archiveNamed(store, server.data, body.archive);
  const { passphrase, at, archive: _, replace: __, ...shown } = body;
  if (manager && at !== undefined) throw refuse('at', 'an archive of Shelly Manager is of one moment');
  if (!manager && shown.source !== undefined)
    throw refuse('source', 'it is said of archives of Shelly Manager');
  const details = { ...shown, at: at === undefined ? undefined : formatInstant(at) };
  audit({ entityId: of, details });
  const sealed = passphrase === undefined ? undefined : await sealParam(store, passphrase);
  const given = { ...details, archive, passphrase: sealed, by: actor.name };
  return { job: await queueJob(server, reply, actor, intoKind, given) };
}

async function replaceAll({ server, store, reply, actor, body, audit }: RestoreCall) {
  for (const each of [...elsewhere, ...living])
    if (body[each] !== undefined) throw refuse(each, 'what replaces everything goes with no choice');
  const { passphrase, lossy } = body;
  const kept = isKept(body.archive);
  const archive = kept
    ? { given: keptHere(body.archive, server.place.url), shown: body.archive, manager: false }
    : await archiveNamed(store, server.data, body.archive);
  if (archive.manager) throw refuse('replace', 'an archive of Shelly Manager has some tables only');
  const at = body.at === undefined ? undefined : formatInstant(body.at);
  audit({ entityId: archive.shown.slice(-255), details: { replace: true, at: at ?? null, lossy } });
  const sealed = passphrase === undefined ? undefined : await sealParam(store, passphrase);
  const given = { archive: archive.given, kept: kept ? true : undefined, at, lossy, passphrase: sealed };
  return { job: await queueJob(server, reply, actor, replaceJob, { ...given, by: actor.name }) };
}

/** Of SQLite a file: only one beside the database is known. @throws REQUEST_INVALID */
function keptHere(kept: string, served: string): string {
  const path = sqliteFile(served);
  if (path === undefined) {
    if (/^\w+$/.test(kept)) return kept;
  } else if (/^[^/]+$/.test(basename(kept)) && resolve(dirname(kept)) === dirname(path)) return resolve(kept);
  throw refuse('archive', 'this is nothing that a replacement of the served database has kept');
}

/** The plan has the id of the job that made it, which knows from what, and how. @throws PLAN_STALE */
export async function plannedWork(store: Store, plan: string) {
  const made = await store.repository(jobs).get({ id: plan });
  if (made !== undefined && planning.includes(made.kind))
    return { kind: made.kind, params: made.params ?? {} };
  throw new HoldfastError('PLAN_STALE', 'how it was planned is no longer known: plan it again');
}

async function restoreElsewhere({ server, store, reply, actor, body, audit }: RestoreCall, address: string) {
  for (const each of living)
    if (body[each] !== undefined) throw refuse(each, 'a database to restore to is new or empty');
  const { lossy, dryRun } = body;
  if (dryRun === undefined) throw refuse('dryRun', 'true to try it, false with the confirm of that');
  if (body.replace !== undefined) throw refuse('replace', 'a database to restore to is new or empty');
  const archive = await archiveNamed(store, server.data, body.archive);
  if (archive.manager)
    throw refuse('to', 'an archive of Shelly Manager goes into the database that is served');
  const { shown: id, root } = archive;
  const to = targetUrl(address, server.place);
  const at = body.at === undefined ? undefined : formatInstant(body.at);
  const confirm = confirmOf('restore', id, root, to, at ?? null, lossy);
  const effect = `This restores the archive ${id} into another database`;
  if (!dryRun) requireConfirm(body.confirm, confirm, effect, { archive: id, at: at ?? null });
  const sealed = body.passphrase === undefined ? undefined : await sealParam(store, body.passphrase);
  const given = {
    archive: archive.given,
    to: await sealParam(store, to),
    at,
    lossy,
    dryRun,
    passphrase: sealed,
    confirm,
    by: actor.name,
  };
  audit({ entityId: id, details: { at: at ?? null, lossy, dryRun } });
  return { job: await queueJob(server, reply, actor, 'archive-restore', given) };
}
