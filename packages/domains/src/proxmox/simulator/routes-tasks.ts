// Tasks of one node: the filtered and paged list, one task's status and its log.
import { type Answer, badParameters, missingPrivilege } from './answer.ts';
import type { Call, Route } from './call.ts';
import type { Task } from './model.ts';
import { flag, integer, isSet, numberOr, type Parameters, type Schema, text } from './parameters.ts';
import { activeTasks, archivedTasks, nodeTaskRow, outcome, taskStatus, taskUser } from './rows-task.ts';
import { parseUpid } from './upid.ts';

const listSchema: Schema = {
  node: { kind: 'string' },
  start: integer,
  limit: integer,
  source: { kind: 'string', optional: true, values: ['archive', 'active', 'all'] },
  since: integer,
  until: integer,
  userfilter: text,
  typefilter: text,
  vmid: { kind: 'integer', optional: true, minimum: 100 },
  errors: flag,
  statusfilter: text,
};

// Both time limits are about the start: a long task that began before `since` is not found, however late it ends.
const passes = (task: Task, wanted: Parameters): boolean => {
  const { since, until, userfilter, typefilter, vmid, statusfilter } = wanted;
  if (since !== undefined && task.starttime < Number(since)) return false;
  if (until !== undefined && task.starttime > Number(until)) return false;
  if (userfilter !== undefined && !task.user.toLowerCase().includes(userfilter.toLowerCase())) return false;
  if (typefilter !== undefined && task.type !== typefilter) return false;
  if (vmid !== undefined && task.id !== vmid) return false;
  if (isSet(wanted.errors) && outcome(task) !== 'error' && outcome(task) !== 'unknown') return false;
  if (isSet(wanted.errors) && task.endtime === undefined) return false;
  return statusfilter === undefined || statusfilter.split(/[,; ]+/).includes(outcome(task));
};

const taskList = ({ cluster, permissions, args, parameters, caller }: Call): Answer => {
  const node = args.node as string;
  const source = parameters.source ?? 'archive';
  const all = permissions.check('Sys.Audit', `/nodes/${node}`);
  const found: Task[] = [];
  if (source !== 'archive') found.push(...activeTasks(cluster, node));
  if (source !== 'active') found.push(...archivedTasks(cluster, node));
  const matches = found.filter((task) => (all || taskUser(task) === caller.user) && passes(task, parameters));
  const start = numberOr(parameters.start, 0);
  // Like the product, 0 means the default.
  const limit = numberOr(parameters.limit, 0) || 50;
  return { data: matches.slice(start, start + limit).map(nodeTaskRow), total: matches.length };
};

const taskOf = ({ cluster, permissions, args, caller }: Call): Task => {
  const upid = args.upid as string;
  if (parseUpid(upid) === null) throw badParameters({ upid: 'unable to parse worker upid' });
  const task = cluster.tasks.find((candidate) => candidate.upid === upid && candidate.node === args.node);
  if (task === undefined) throw badParameters({ upid: 'no such task' });
  const path = `/nodes/${args.node}`;
  if (taskUser(task) !== caller.user && !permissions.check('Sys.Audit', path)) {
    throw missingPrivilege(path, 'Sys.Audit');
  }
  return task;
};

const taskLog = (call: Call): Answer => {
  const { log } = taskOf(call);
  // The product's own interface dislikes an empty log, so there is always a line.
  const lines = log.length === 0 ? ['no content'] : log;
  const start = numberOr(call.parameters.start, 0);
  const limit = numberOr(call.parameters.limit, 0) || 50;
  const page = lines.slice(start, start + limit).map((t, at) => ({ n: start + at + 1, t }));
  return { data: page, total: lines.length };
};

const one: Schema = { node: { kind: 'string' }, upid: { kind: 'string' } };

export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes/{node}/tasks', schema: listSchema, run: taskList },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/status',
    schema: one,
    run: (call) => ({ data: taskStatus(taskOf(call)) }),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    schema: { ...one, start: integer, limit: integer },
    run: taskLog,
  },
];
