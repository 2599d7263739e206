// From a path to its route, through the checks in the product's order: rights, reaching the node, parameters.
import { type Answer, died, missingPrivilege, notImplemented, Refusal } from './answer.ts';
import type { Caller } from './authentication.ts';
import type { Call, Route, Service } from './call.ts';
import { type Parameters, verifyParameters } from './parameters.ts';
import { accessRoutes } from './routes-access.ts';
import { clusterRoutes } from './routes-cluster.ts';
import { guestRoutes } from './routes-guests.ts';
import { nodeRoutes } from './routes-nodes.ts';
import { taskRoutes } from './routes-tasks.ts';

interface Matcher {
  route: Route;
  pattern: RegExp;
  names: string[];
}

const matchers: readonly Matcher[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...taskRoutes,
].map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
  names: [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
}));

/** A route with the parts of the path that it names. */
export interface Found {
  route: Route;
  args: Record<string, string>;
}

/** Finds the route of a path (decoded, without prefix). Throws the 501 of the product when there is none. */
export const findRoute = (method: string, path: string): Found => {
  for (const { route, pattern, names } of matchers) {
    if (route.method !== method) continue;
    const match = pattern.exec(path);
    if (match === null) continue;
    return { route, args: Object.fromEntries(names.map((name, at) => [name, match[at + 1] as string])) };
  }
  throw notImplemented(method, path);
};

const fill = (template: string, args: Record<string, string>): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => args[name] ?? '');

const reach = (service: Service, name: string): void => {
  if (name === 'localhost') return;
  const node = service.cluster.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    throw died(
      `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
    );
  }
  if (!node.online && node !== service.localNode()) throw new Refusal(595, node.unreachable, { empty: true });
};

/** Runs a call. Throws `Refusal` for everything that the product answers with an error. */
export const dispatch = (
  service: Service,
  found: Found,
  request: Pick<Call, 'method' | 'path' | 'headers'> & { caller: Caller; parameters: Parameters },
): Answer => {
  const { route, args } = found;
  const { needs } = route;
  if (needs !== undefined) {
    const path = fill(needs.path, args);
    if (!service.permissions.check(needs.privilege, path)) throw missingPrivilege(path, needs.privilege);
  }
  if (args.node !== undefined) reach(service, args.node);
  const local = service.localNode();
  const here = args.node === 'localhost' && local !== undefined ? { ...args, node: local.name } : args;
  verifyParameters(route.schema, { ...request.parameters, ...here });
  return route.run({ ...service, ...request, args: here });
};
