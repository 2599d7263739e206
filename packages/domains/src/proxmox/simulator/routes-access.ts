// /access and /version: sign-in, own rights, and which product this is.
import type { Call, Route } from './call.ts';
import { type Schema, text } from './parameters.ts';

const auditOf = (call: Call, area: string): Record<string, 1> => {
  const privileges = ['Datastore.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'] as const;
  return Object.fromEntries(
    privileges
      .filter((privilege) => call.permissions.check(privilege, area))
      .map((privilege) => [privilege, 1]),
  );
};

const signIn = (
  call: Call,
): { data: Record<string, string | number | Record<string, Record<string, 1>>> } => {
  const cap = {
    access: auditOf(call, '/access'),
    dc: auditOf(call, '/'),
    nodes: auditOf(call, '/nodes'),
    storage: auditOf(call, '/storage'),
    vms: auditOf(call, '/vms'),
  };
  const ticket = { ...call.authentication.signIn(call.parameters, call.headers), cap };
  return { data: call.cluster.nodes.length > 1 ? { ...ticket, clustername: call.cluster.name } : ticket };
};

const ticketSchema: Schema = {
  username: { kind: 'string' },
  password: { kind: 'string' },
  realm: text,
  otp: text,
  path: text,
  privs: text,
  'new-format': { kind: 'boolean', optional: true },
  'tfa-challenge': text,
};

export const accessRoutes: readonly Route[] = [
  { method: 'POST', path: '/access/ticket', schema: ticketSchema, open: true, run: signIn },
  { method: 'POST', path: '/access/tfa', schema: { response: { kind: 'string' } }, open: true, run: signIn },
  {
    method: 'GET',
    path: '/access/permissions',
    schema: { path: text, userid: text },
    run: (call) => ({ data: call.permissions.describe(call.parameters.path) }),
  },
  {
    method: 'GET',
    path: '/version',
    schema: {},
    run: ({ profile }) => ({
      data: { version: profile.version, release: profile.release, repoid: profile.repoid },
    }),
  },
];
