// Settings: declared with a schema and a default, stored where they differ, every change audited.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { HoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { type Actor, appendAudit } from './audit.ts';
import { settings } from './tables.ts';

/** A setting as the program that reads it declares it. */
export interface Setting<T> {
  /** `domain.name` */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly default: T;
}

/** Stands for null, which the column does not take. */
const nothing = { null: true };
const toStored = (value: unknown): unknown => (value === null ? nothing : value);
const fromStored = (value: unknown): unknown => (isDeepStrictEqual(value, nothing) ? null : value);

/** The value in force. @throws SETTING_INVALID when what is stored does not fit the declaration */
export async function getSetting<T>(repositories: Repositories, setting: Setting<T>): Promise<T> {
  const stored = await repositories.repository(settings).get({ name: setting.name });
  return stored === undefined ? setting.default : parse(setting, fromStored(stored.value));
}

/** Stores a value together with its audit entry. @throws SETTING_INVALID */
export async function setSetting<T>(
  store: Store,
  setting: Setting<T>,
  value: T,
  actor: Actor,
): Promise<void> {
  const { name } = setting;
  const wanted = parse(setting, value);
  await store.transaction(async (transaction) => {
    const repository = transaction.repository(settings);
    const before = fromStored((await repository.get({ name }))?.value ?? null);
    await repository.upsert({ name, value: toStored(wanted), updatedBy: actor.name });
    await appendAudit(transaction, actor, {
      action: 'update',
      entity: 'setting',
      entityId: name,
      before,
      after: wanted,
    });
  });
}

/** Back to the default, with an audit entry where it had another value. */
export const clearSetting = <T>(store: Store, { name }: Setting<T>, actor: Actor): Promise<void> =>
  store.transaction(async (transaction) => {
    const repository = transaction.repository(settings);
    const stored = await repository.get({ name });
    if (stored === undefined) return;
    await repository.delete({ name });
    const change = { before: fromStored(stored.value), after: null };
    await appendAudit(transaction, actor, { action: 'delete', entity: 'setting', entityId: name, ...change });
  });

/** Everything that differs from its default, by name. */
export async function storedSettings(repositories: Repositories): Promise<Record<string, unknown>> {
  const found: [string, unknown][] = [];
  for await (const rows of repositories.repository(settings).stream())
    found.push(...rows.map(({ name, value }): [string, unknown] => [name, fromStored(value)]));
  return Object.fromEntries(found);
}

function parse<T>({ name, schema }: Setting<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HoldfastError('SETTING_INVALID', `${name}: ${z.prettifyError(result.error)}`);
}
