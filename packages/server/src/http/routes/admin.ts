// Users, tokens, audit and settings.

import { formatInstant, HoldfastError } from '@holdfast/core';
import {
  clearSetting,
  getSetting,
  listAudit,
  revokeSessions,
  setSetting,
  settings,
} from '@holdfast/core/system';
import { z } from 'zod';
import { listTokens, makeToken, revokeOne, scopes, tokenJson } from '../../accounts/manage-tokens.ts';
import {
  addUser,
  changeUser,
  listUsers,
  removeUser,
  requireUser,
  setPassword,
  userJson,
} from '../../accounts/manage-users.ts';
import { newPassword } from '../../accounts/passwords.ts';
import { type KnownSetting, knownSettings } from '../known-settings.ts';
import { mayAct, requireRole } from '../principal.ts';
import { anyObject, flag, moment, pageOf, paging, until, wellFormed } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';

const role = z.enum(['viewer', 'operator', 'admin']);
const displayName = wellFormed(128).nullable().optional();

export const adminRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/users', role: 'admin', summary: 'Users, by name', answer: pageOf(anyObject) },
    handle: async ({ store }) => ({ items: (await listUsers(store)).map(userJson), next: null }),
  }),
  route({
    ...{
      method: 'POST',
      path: '/users',
      role: 'admin',
      status: 201,
      summary: 'Make a user',
      answer: anyObject,
    },
    body: z.strictObject({
      username: wellFormed(64).min(1),
      password: newPassword,
      displayName: wellFormed(128).optional(),
      role: role.default('viewer'),
    }),
    async handle({ store, actor, body: { displayName: shown, ...user } }) {
      return userJson(
        await addUser(store, actor, { ...user, ...(shown === undefined ? {} : { displayName: shown }) }),
      );
    },
  }),
  route({
    ...{ method: 'GET', path: '/users/:id', role: 'admin', summary: 'One user', answer: anyObject },
    handle: async ({ store, params }) => userJson(await requireUser(store, params.id)),
  }),
  route({
    ...{ method: 'PATCH', path: '/users/:id', role: 'admin', answer: anyObject },
    summary: 'Change a user; a new role and disabling end their sessions',
    body: z.strictObject({ displayName, role: role.optional(), enabled: z.boolean().optional() }),
    async handle({ server, store, actor, params, body }) {
      const user = await changeUser(store, actor, params.id, body);
      await server.hub.checkSessions();
      return userJson(user);
    },
  }),
  route({
    ...{ method: 'PUT', path: '/users/:id/password', role: 'admin', answer: anyObject },
    summary: 'Give a user another password; their sessions are over',
    body: z.strictObject({ password: newPassword }),
    async handle({ server, store, actor, params, body }) {
      const user = await setPassword(store, actor, params.id, body.password);
      await server.hub.checkSessions();
      return userJson(user);
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/users/:id', role: 'admin', summary: 'Remove a user', answer: anyObject },
    async handle({ server, store, actor, params }) {
      const { id } = await removeUser(store, actor, params.id);
      await server.hub.checkSessions();
      return { removed: id };
    },
  }),
  route({
    ...{ method: 'GET', path: '/users/:id/sessions', role: 'admin', answer: pageOf(anyObject) },
    summary: 'Sessions and tokens of a user that are good',
    async handle({ store, params, principal }) {
      const { id } = await requireUser(store, params.id);
      return { items: await listTokens(store, { userId: id }, principal.session.id), next: null };
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/users/:id/sessions', role: 'admin', answer: anyObject },
    summary: 'End all sessions and tokens of a user',
    audit: ['revoke', 'user.sessions'],
    async handle({ server, store, params }) {
      const { id } = await requireUser(store, params.id);
      const ended = await revokeSessions(store, id);
      await server.hub.checkSessions();
      return { ended };
    },
  }),
  route({
    ...{ method: 'GET', path: '/tokens', role: 'viewer', answer: pageOf(anyObject) },
    summary: "One's own API tokens; of everybody with all=true",
    query: z.strictObject({ all: flag.default(false) }),
    async handle({ store, principal, query }) {
      if (query.all) requireRole(principal, 'admin');
      const whose = query.all ? {} : { userId: principal.user.id };
      return {
        items: await listTokens(store, { ...whose, kind: 'token' }, principal.session.id),
        next: null,
      };
    },
  }),
  route({
    ...{ method: 'POST', path: '/tokens', role: 'viewer', status: 201, fresh: true, answer: anyObject },
    summary: 'Make an API token: it is shown once',
    body: z.strictObject({
      label: wellFormed(128).min(1),
      scopes: z.array(z.enum(scopes)).min(1).max(4).nullable().optional(),
      expiresAt: until.nullable().optional(),
    }),
    async handle({ store, actor, principal, body }) {
      const { user, session } = principal;
      // A token never makes one that may more than itself.
      if (session.scopes !== null && !withinScopes(body.scopes ?? null, principal))
        throw new HoldfastError('ROLE_TOO_LOW', 'a token makes no token that may more than itself');
      const made = await makeToken(store, actor, user, body);
      return { ...tokenJson(made.session, user.username), token: made.token };
    },
  }),
  route({
    ...{ method: 'DELETE', path: '/tokens/:id', role: 'viewer', answer: anyObject },
    summary: 'Revoke a token or session, at once',
    async handle({ server, store, actor, principal, params }) {
      const all = mayAct(principal.role, 'admin');
      await revokeOne(store, actor, params.id, all ? undefined : principal.user.id);
      await server.hub.checkSessions();
      return { revoked: params.id };
    },
  }),
  route({
    ...{ method: 'GET', path: '/audit', role: 'operator', answer: pageOf(anyObject) },
    summary: 'Who did what to what, and by which way, newest first',
    query: z.strictObject({
      actor: z.string().max(255).optional(),
      action: z.string().max(64).optional(),
      entity: z.string().max(64).optional(),
      entity_id: z.string().max(255).optional(),
      from: moment.optional(),
      to: moment.optional(),
      ...paging(),
    }),
    async handle({ store, query: { limit, after, entity_id: entityId, ...rest } }) {
      const given = Object.entries({ ...rest, entityId }).filter(([, value]) => value !== undefined);
      const page = await listAudit(store, Object.fromEntries(given), { limit, after });
      return {
        items: page.items.map((entry) => ({ ...entry, at: formatInstant(entry.at) })),
        next: page.next,
      };
    },
  }),
  route({
    ...{
      method: 'GET',
      path: '/settings',
      role: 'viewer',
      summary: 'What can be set, and how it is',
      answer: pageOf(anyObject),
    },
    handle: async ({ store }) => ({
      items: await Promise.all(knownSettings.map((each) => settingJson({ store }, each))),
      next: null,
    }),
  }),
  route({
    ...{ method: 'PUT', path: '/settings/:name', role: 'admin', summary: 'Set it', answer: anyObject },
    body: z.strictObject({ value: z.unknown() }),
    async handle({ store, actor, params, body }) {
      const each = requireSetting(params.name);
      await setSetting(store, each.setting, body.value ?? null, actor);
      return settingJson({ store }, each);
    },
  }),
  route({
    ...{
      method: 'DELETE',
      path: '/settings/:name',
      role: 'admin',
      summary: 'Back to its default',
      answer: anyObject,
    },
    async handle({ store, actor, params }) {
      const each = requireSetting(params.name);
      await clearSetting(store, each.setting, actor);
      return settingJson({ store }, each);
    },
  }),
];

/** @throws SETTING_UNKNOWN */
function requireSetting(name: string): KnownSetting {
  const found = knownSettings.find(({ setting }) => setting.name === name);
  if (found !== undefined) return found;
  throw new HoldfastError('SETTING_UNKNOWN', `there is no setting ${JSON.stringify(name.slice(0, 80))}`);
}

async function settingJson({ store }: Pick<Call, 'store'>, { setting, summary }: KnownSetting) {
  const stored = await store.repository(settings).get({ name: setting.name });
  const { name, schema } = setting;
  return {
    ...{
      name,
      value: await getSetting(store, setting),
      default: setting.default,
      set: stored !== undefined,
      summary,
    },
    schema: z.toJSONSchema(schema, { unrepresentable: 'any' }),
  };
}

const withinScopes = (wanted: readonly string[] | null, { session }: Call['principal']): boolean =>
  wanted?.every((scope) => session.scopes!.includes(scope)) ?? false;
