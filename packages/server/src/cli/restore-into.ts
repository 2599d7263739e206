// holdfast restore into a database that holds records: shown as a plan, done in one transaction, with a way back.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exits, HoldfastError, type Store } from '@holdfast/core';
import { type ConflictPolicy, type Contents, conflictPolicies, type LockKey } from '@holdfast/core/archive';
import { applyLiving, livingJson, planLiving, saveBefore } from '../backups/restore-living.ts';
import type { Invocation } from './invocation.ts';
import { paint, printText } from './output.ts';
import { planText } from './plan-text.ts';
import { restoreText } from './restore-text.ts';
import { withProgress } from './row-progress.ts';

export interface IntoFlags {
  readonly to?: string;
  readonly conflict?: string;
  readonly only?: string;
  readonly where: readonly string[];
  readonly preserveExisting: boolean;
  readonly safetyArchive: boolean;
  readonly dryRun?: boolean;
}

export interface IntoOptions {
  readonly flags: IntoFlags;
  readonly lossy: 'refuse' | 'nearest';
  /** Of the archive; what is written before is locked with them. */
  readonly keys: readonly LockKey[];
  /** Once the store is open: what is to be restored. */
  readonly contents: (store: Store) => Promise<Contents>;
  /** Told with the result. */
  readonly warnings?: readonly string[];
  readonly errors?: readonly string[];
}

/** @throws USAGE for a word that is no policy */
export function policyOf(flag: string | undefined): ConflictPolicy {
  const found = conflictPolicies.find((policy) => policy === (flag ?? 'fail'));
  if (found !== undefined) return found;
  throw new HoldfastError('USAGE', `--conflict takes ${conflictPolicies.join(', ')}`);
}

export async function restoreInto(invocation: Invocation, options: IntoOptions): Promise<void> {
  const { flags, lossy, keys } = options;
  const startedAt = performance.now();
  const policy = policyOf(flags.conflict);
  const only = flags.only?.split(',').map((name) => name.trim());
  const { dryRun = false } = flags;
  const { signal } = invocation;
  // A dry run into a database that is not there yet makes none, and a key that is not there is made elsewhere.
  const { url, keyFile } = invocation.place({ create: false, url: flags.to });
  const absent = dryRun && isAbsent(url);
  const keyless = absent || (dryRun && !existsSync(keyFile));
  const scratch = keyless ? mkdtempSync(join(tmpdir(), 'holdfast-dry-')) : undefined;
  using _tidy = { [Symbol.dispose]: () => scratch && rmSync(scratch, { recursive: true, force: true }) };
  const open = {
    create: !dryRun,
    url: absent ? 'sqlite::memory:' : flags.to,
    keyFile: scratch && join(scratch, 'secret.key'),
  };
  await invocation.withStore(open, async (store) => {
    const contents = await options.contents(store);
    await using _closing = { [Symbol.asyncDispose]: async () => contents.close?.() };
    const { request, user } = invocation;
    const planned = await withProgress(invocation.json, (onProgress) =>
      planLiving(store, contents, {
        ...{ policy, lossy, only, where: flags.where, preserveExisting: flags.preserveExisting },
        ...{ safety: flags.safetyArchive ? safetyPath(invocation) : undefined, request, signal, onProgress },
      }),
    );
    const { plan, nothing } = planned;
    if (!invocation.json) printText(planText(plan));
    if (!dryRun && !nothing) await invocation.consent(`${plan.title}.`);
    const saved = dryRun ? undefined : await saveBefore(store, planned, { keys, createdBy: user, signal });
    if (saved !== undefined && !invocation.json) printText(paint('dim', `kept what it was in ${saved}`));
    const result = await applyLiving(store, planned, {
      ...{ actor: { name: user, via: 'cli' }, request, dryRun: dryRun || nothing, signal },
      intents: invocation.place(open).intents,
    });
    const { errors, warnings } = options;
    const told = { dryRun, request, saved, errors, warnings, startedAt };
    const answer = livingJson(planned, result.id, told);
    if (answer.errors.length > 0) invocation.outcome.exit = exits.partly;
    invocation.print(answer, () => restoreText(answer, flags.to !== undefined));
  });
}

function isAbsent(url: string): boolean {
  const path = /^(?:sqlite|file):([^?]*)/i.exec(url)?.[1];
  return path !== undefined && !existsSync(path);
}

function safetyPath(invocation: Invocation): string {
  const folder = join(invocation.dataFolder({ create: false }), 'backups');
  return resolve(folder, `before-restore-${new Date().toISOString().replaceAll(/[-:.]/g, '')}.sma`);
}
