// Made-up tasks: the worker types, outcomes and log lines of the product.
import type { Guest, Making, Task } from './model.ts';
import { formatUpid } from './upid.ts';

/** Who starts tasks in made-up clusters; the second is a token. */
const users = ['root@pam', 'automation@pve!deploy', 'alice@pve', 'root@pam'] as const;

const machineTypes = [
  'qmstart',
  'qmstop',
  'qmshutdown',
  'qmreboot',
  'qmsnapshot',
  'qmigrate',
  'vzdump',
] as const;
const containerTypes = [
  'vzstart',
  'vzstop',
  'vzshutdown',
  'vzreboot',
  'vzsnapshot',
  'vzmigrate',
  'vzdump',
] as const;
const nodeTypes = ['aptupdate', 'vzdump', 'startall', 'imgcopy', 'srvreload'] as const;

const failures = [
  'command timed out',
  'VM is locked (backup)',
  'unable to create image: no space left on device',
  'job errors',
  'migration aborted',
  'unexpected status',
  "got timeout - can't acquire lock",
] as const;

/** What a task is made from. `ended` and `status` are absent while it runs. */
export interface TaskPlan {
  node: string;
  type: string;
  id: string;
  user: string;
  pid: number;
  /** Epoch seconds, on the node's clock. */
  started: number;
  ended?: number;
  status?: string;
  log?: string[];
}

/** Log lines that fit a task: what it began with, and how it ended. */
export const taskLog = (type: string, id: string, status: string | undefined): string[] => {
  const lines =
    type === 'vzdump' ? [`INFO: starting new backup job: vzdump ${id}`] : [`${type} ${id}`.trim()];
  if (status === undefined) return lines;
  if (status === 'OK') lines.push('TASK OK');
  else if (status.startsWith('WARNINGS')) lines.push('WARN: something needs a look', `TASK ${status}`);
  else lines.push(`TASK ERROR: ${status}`);
  return lines;
};

/** A task with its UPID. */
export const makeTask = (making: Making, plan: TaskPlan): Task => {
  const pstart = making.random.below(0x7fffffff);
  const upid = formatUpid({
    node: plan.node,
    pid: plan.pid,
    pstart,
    starttime: plan.started,
    type: plan.type,
    id: plan.id,
    user: plan.user,
  });
  const task: Task = {
    upid,
    node: plan.node,
    pid: plan.pid,
    pstart,
    starttime: plan.started,
    type: plan.type,
    id: plan.id,
    user: plan.user,
    log: plan.log ?? taskLog(plan.type, plan.id, plan.status),
  };
  if (plan.ended !== undefined) task.endtime = plan.ended;
  if (plan.status !== undefined) task.status = plan.status;
  return task;
};

/** A finished task with a random type and outcome for a guest, or for a node when there is none. */
export const makePastTask = (
  making: Making,
  where: { node: string; guest: Guest | undefined },
  started: number,
  pid: number,
): Task => {
  const { random } = making;
  const { guest } = where;
  const types = guest === undefined ? nodeTypes : guest.type === 'qemu' ? machineTypes : containerTypes;
  const luck = random.next();
  const status =
    luck < 0.85 ? 'OK' : luck < 0.92 ? `WARNINGS: ${1 + random.below(3)}` : random.pick(failures);
  return makeTask(making, {
    node: where.node,
    type: random.pick(types),
    id: guest === undefined ? '' : String(guest.vmid),
    user: random.pick(users),
    pid,
    started,
    ended: Math.min(making.now, started + 1 + random.below(600)),
    status,
  });
};
