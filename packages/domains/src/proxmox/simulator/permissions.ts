// What the caller may see: an auditor's role on everything, from which privileges can be taken away for a path.
import type { Json } from './json.ts';
import type { Cluster } from './model.ts';

/** Privileges that the simulated routes ask for. */
export type Privilege = 'Sys.Audit' | 'VM.Audit' | 'Datastore.Audit' | 'Pool.Audit' | 'SDN.Audit';

/**
 * Rights of every caller. At first the role PVEAuditor on `/`. Lists then leave out what may not be seen, without any
 * sign of it; calls for one thing answer 403; `GET /access/permissions` tells the truth. As in the product, a rule on
 * a deeper path goes before one above it, and what is granted on a pool holds for its members.
 */
export interface Permissions {
  /** Takes a privilege away on a path and all below it, e.g. `deny('VM.Audit', '/vms/100')`. Default path: `/`. */
  deny(privilege: Privilege, path?: string): void;
  /** Takes everything away on a path, as the role NoAccess does. The path is then left out of all answers. */
  noAccess(path: string): void;
  /** Gives a privilege on a path, and on all below it unless it does not propagate, over a `deny` further up. */
  grant(privilege: Privilege, path: string, propagate?: boolean): void;
  /** Takes a `deny` or a `grant` back: the same privilege and path. */
  allow(privilege: Privilege, path?: string): void;
  /** Takes all of them back. */
  reset(): void;
  /** Whether a privilege holds on a path such as `/vms/100`. */
  check(privilege: Privilege, path: string): boolean;
  /**
   * The data of `GET /access/permissions`: path to privilege to whether it propagates (1 or 0), for the usual paths,
   * those of rules and members of pools; paths without any privilege are left out.
   */
  describe(only?: string): Json;
}

interface Rule {
  readonly privilege: Privilege;
  readonly path: string;
  readonly gives: boolean;
  readonly propagate: boolean;
}

const auditor: readonly Privilege[] = ['Datastore.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'];
const usualPaths = ['/', '/access', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
const everything: Pick<Rule, 'gives' | 'propagate'> = { gives: true, propagate: true };

const covers = ({ path: rule, propagate }: Rule, path: string): boolean =>
  path === rule || (propagate && (rule === '/' || path.startsWith(`${rule}/`)));

/** Rights of an auditor on everything in a cluster. */
export const makePermissions = ({ guests, pools }: Pick<Cluster, 'guests' | 'pools'>): Permissions => {
  const rules: Rule[] = [];
  const allow = (privilege: Privilege, path = '/'): void => {
    const at = rules.findIndex((rule) => rule.privilege === privilege && rule.path === path);
    if (at >= 0) rules.splice(at, 1);
  };
  const add = (rule: Rule): void => {
    allow(rule.privilege, rule.path);
    rules.push(rule);
  };
  const deny = (privilege: Privilege, path = '/'): void =>
    add({ privilege, path, gives: false, propagate: true });

  /** The rule on the deepest path that says anything of this one. */
  const ruleFor = (privilege: Privilege, path: string): Pick<Rule, 'gives' | 'propagate'> =>
    rules
      .filter((rule) => rule.privilege === privilege && covers(rule, path))
      .toSorted((a, b) => b.path.length - a.path.length)[0] ?? everything;

  const poolsOf = (path: string): string[] => {
    const [, area, name = ''] = path.split('/');
    if (area === 'vms') {
      const pool = guests.get(Number(name))?.pool;
      return pool === undefined ? [] : [pool];
    }
    if (area !== 'storage') return [];
    return pools.filter(({ storages }) => storages.includes(name)).map(({ poolid }) => poolid);
  };
  const memberPaths = (): string[] => [
    ...[...guests.values()].filter(({ pool }) => pool !== undefined).map(({ vmid }) => `/vms/${vmid}`),
    ...pools.flatMap(({ storages }) => storages.map((storage) => `/storage/${storage}`)),
  ];
  const held = (privilege: Privilege, path: string): Pick<Rule, 'gives' | 'propagate'> => {
    const own = ruleFor(privilege, path);
    if (own.gives) return own;
    const granted = poolsOf(path).some((pool) =>
      rules.some((rule) => rule.gives && rule.privilege === privilege && rule.path === `/pool/${pool}`),
    );
    return granted ? everything : own;
  };
  const check = (privilege: Privilege, path: string): boolean => held(privilege, path).gives;
  return {
    deny,
    noAccess: (path) => {
      for (const privilege of auditor) deny(privilege, path);
    },
    grant: (privilege, path, propagate = true) => add({ privilege, path, gives: true, propagate }),
    allow,
    reset: () => {
      rules.length = 0;
    },
    check,
    describe: (only) => {
      const paths =
        only === undefined
          ? new Set([...usualPaths, ...memberPaths(), ...rules.map((rule) => rule.path)])
          : [only];
      const described: Record<string, Json> = {};
      for (const path of paths) {
        const rights = auditor.filter((privilege) => check(privilege, path));
        if (rights.length > 0)
          described[path] = Object.fromEntries(
            rights.map((privilege) => [privilege, held(privilege, path).propagate ? 1 : 0]),
          );
      }
      return described;
    },
  };
};
