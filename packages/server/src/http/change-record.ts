// Changes of records by people: only where the declaration permits it, only of the version that was read, each with its
// audit entry in the same transaction.

import {
  HoldfastError,
  insertSchema,
  jsonEncoder,
  parseRecordId,
  type Repositories,
  type Resource,
  recordId,
  updateSchema,
} from '@holdfast/core';
import { type Actor, appendAudit } from '@holdfast/core/system';
import { parsePart } from './error-answer.ts';
import { etagOf, requireMatch } from './etag.ts';

type Row = Readonly<Record<string, unknown>>;

export interface Changed {
  readonly row: Row | undefined;
  readonly id: string;
  readonly etag: string | undefined;
  readonly made: boolean;
}

/** @throws RECORD_OBSERVED */
export function requireEditable({ name, editable, scopeOf }: Resource): void {
  if (editable) return;
  const why =
    scopeOf === undefined ? 'are written by Holdfast itself' : 'are what their system says of itself';
  throw new HoldfastError('RECORD_OBSERVED', `records of ${name} ${why}: they are not changed here`);
}

/** How secrets are shown; sent back, it means the secret that is there. */
const placeholder = '[secret]';

const secretsOf = ({ table }: Resource): string[] =>
  table.properties.filter((_: string, index: number) => table.spec.columns[index]!.secret);

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The body without secrets that were only shown. */
const given = (resource: Resource, body: unknown): unknown =>
  isObject(body)
    ? Object.fromEntries(
        Object.entries(body).filter(
          ([name, value]) => value !== placeholder || !secretsOf(resource).includes(name),
        ),
      )
    : body;

async function existing(
  repositories: Repositories,
  resource: Resource,
  id: string,
): Promise<Row | undefined> {
  const { incarnation, table } = resource;
  const where = parseRecordId(resource, id);
  const orderBy = incarnation === undefined ? [] : [[incarnation, 'desc']];
  return (await repositories.repository(table).list({ where, orderBy: orderBy as never, limit: 1 })).items[0];
}

const keyOf = ({ table }: Resource, row: Row) =>
  Object.fromEntries(table.key.map((property: string) => [property, row[property]]));

async function told(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  action: string,
  before: Row | undefined,
  after: Row | undefined,
): Promise<void> {
  const encode = jsonEncoder(resource.table);
  const plain = (row: Row | undefined): unknown =>
    row === undefined ? undefined : JSON.parse(JSON.stringify(encode(row)));
  const entityId = recordId(resource, (after ?? before)!).slice(0, 255);
  const entry = { action, entity: resource.name, entityId, before: plain(before), after: plain(after) };
  await appendAudit(repositories, actor, entry);
}

async function made(
  repositories: Repositories,
  resource: Resource,
  row: Row,
  before: Row | undefined,
): Promise<Changed> {
  const stored = (await repositories.repository(resource.table).get(keyOf(resource, row) as never))!;
  return {
    row: stored,
    id: recordId(resource, stored),
    etag: etagOf(resource, stored),
    made: before === undefined,
  };
}

/** @throws REQUEST_INVALID, CONFLICT, and what an insert says */
export async function createRecord(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  body: unknown,
): Promise<Changed> {
  requireEditable(resource);
  const values = parsePart(insertSchema(resource.table), body, 'body') as Row;
  await repositories.repository(resource.table).insert(values as never);
  const changed = await made(repositories, resource, values, undefined);
  await told(repositories, resource, actor, 'create', undefined, changed.row);
  return changed;
}

/**
 * Puts a whole record in the place of one, or makes it.
 * @param match what the request says of the version it means; `new`: there must be none
 */
export async function putRecord(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  {
    id,
    body,
    match,
  }: { readonly id: string; readonly body: unknown; readonly match: string | 'new' | undefined },
): Promise<Changed> {
  requireEditable(resource);
  const before = await existing(repositories, resource, id);
  if (match === 'new' && before !== undefined)
    throw new HoldfastError('RECORD_CHANGED', `there is a ${resource.name} ${id} already`, {
      details: { etag: etagOf(resource, before) },
    });
  if (before !== undefined) requireMatch(match, resource, id, etagOf(resource, before));
  else if (match !== undefined && match !== 'new')
    throw new HoldfastError('RECORD_CHANGED', `there is no ${resource.name} ${id} any more`);
  const key = before === undefined ? parseRecordId(resource, id) : keyOf(resource, before);
  const encoded = jsonEncoder(resource.table)(key);
  const sent = given(resource, body);
  const whole = isObject(sent) ? { ...sent, ...encoded } : sent;
  if (isObject(sent))
    for (const [property, value] of Object.entries(encoded))
      if (property in sent && sent[property] !== value)
        throw new HoldfastError(
          'REQUEST_INVALID',
          `body.${property}: the id of the path says ${JSON.stringify(value)}`,
        );
  const kept =
    before === undefined ? {} : Object.fromEntries(secretsOf(resource).map((name) => [name, before[name]]));
  const parsed = parsePart(insertSchema(resource.table), whole, 'body') as Row;
  const values = { ...(isObject(body) ? keptSecrets(kept, body) : {}), ...parsed };
  const repository = repositories.repository(resource.table);
  if (before === undefined) await repository.insert(values as never);
  else await repository.update(keyOf(resource, before) as never, filled(resource, values) as never);
  const changed = await made(repositories, resource, { ...values, ...key }, before);
  await told(repositories, resource, actor, before === undefined ? 'create' : 'update', before, changed.row);
  return changed;
}

const keptSecrets = (kept: Row, body: Row): Row =>
  Object.fromEntries(Object.entries(kept).filter(([name]) => body[name] === placeholder));

/** Of a whole record what was left out is its default again. */
function filled({ table }: Resource, values: Row): Row {
  const rest = table.spec.columns.flatMap((spec, index) => {
    const property = table.properties[index]!;
    if (property in values || spec.auto || table.spec.key.includes(spec.name)) return [];
    return [[property, spec.default ?? null] as const];
  });
  const own = Object.entries(values).filter(([property]) => !table.key.includes(property));
  return Object.fromEntries([...own, ...rest]);
}

/** @throws RECORD_NOT_FOUND, IF_MATCH_MISSING, RECORD_CHANGED, REQUEST_INVALID */
export async function patchRecord(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  { id, body, match }: { readonly id: string; readonly body: unknown; readonly match: string | undefined },
): Promise<Changed> {
  requireEditable(resource);
  const before = await requireExisting(repositories, resource, id);
  requireMatch(match, resource, id, etagOf(resource, before));
  const patch = parsePart(updateSchema(resource.table), given(resource, body), 'body') as Row;
  const key = keyOf(resource, before);
  await repositories.repository(resource.table).update(key as never, patch as never);
  const changed = await made(repositories, resource, before, before);
  await told(repositories, resource, actor, 'update', before, changed.row);
  return changed;
}

/** @throws RECORD_NOT_FOUND, IF_MATCH_MISSING, RECORD_CHANGED, REFERENCED */
export async function deleteRecord(
  repositories: Repositories,
  resource: Resource,
  actor: Actor,
  { id, match }: { readonly id: string; readonly match: string | undefined },
): Promise<Changed> {
  requireEditable(resource);
  const before = await requireExisting(repositories, resource, id);
  requireMatch(match, resource, id, etagOf(resource, before));
  await repositories.repository(resource.table).delete(keyOf(resource, before) as never);
  await told(repositories, resource, actor, 'delete', before, undefined);
  return { row: undefined, id, etag: undefined, made: false };
}

async function requireExisting(repositories: Repositories, resource: Resource, id: string): Promise<Row> {
  const found = await existing(repositories, resource, id);
  if (found !== undefined) return found;
  throw new HoldfastError('RECORD_NOT_FOUND', `there is no ${resource.name} ${id}`);
}
