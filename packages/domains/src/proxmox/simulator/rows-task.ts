// Rows of tasks: a node's own list with its filters, and the short list that all nodes share.
import type { Row } from './json.ts';
import type { Cluster, Task } from './model.ts';

/** The user part and, when a token started the task, the token's name. */
const owner = (user: string): { user: string; tokenid?: string } => {
  const at = user.indexOf('!');
  return at < 0 ? { user } : { user: user.slice(0, at), tokenid: user.slice(at + 1) };
};

/** USER@REALM of a task, without the token. */
export const taskUser = (task: Task): string => owner(task.user).user;

/** The fields that a UPID tells. */
const identity = (task: Task): Row => ({
  upid: task.upid,
  node: task.node,
  pid: task.pid,
  pstart: task.pstart,
  starttime: task.starttime,
  type: task.type,
  id: task.id,
  ...owner(task.user),
});

/** A row of `/nodes/{node}/tasks`. */
export const nodeTaskRow = (task: Task): Row => {
  const row = identity(task);
  if (task.endtime === undefined) row.status = 'RUNNING';
  else {
    row.endtime = task.endtime;
    row.status = task.status;
  }
  return row;
};

/** The data of `/nodes/{node}/tasks/{upid}/status`; it never tells the end time. */
export const taskStatus = (task: Task): Row => {
  const row = identity(task);
  row.status = task.endtime === undefined ? 'running' : 'stopped';
  if (task.endtime !== undefined) row.exitstatus = task.status;
  return row;
};

/** A row of `/cluster/tasks`: process fields only while it runs. */
const clusterTaskRow = (task: Task): Row => {
  const { pid, pstart, ...row } = identity(task);
  if (task.endtime === undefined) return { ...row, pid, pstart };
  return { ...row, saved: '1', endtime: task.endtime, status: task.status };
};

/** The product's classes of task outcomes, for `statusfilter`. */
export const outcome = (task: Task): 'ok' | 'warning' | 'error' | 'unknown' => {
  if (task.status === undefined || task.status === 'unexpected status') return 'unknown';
  if (task.status === 'OK') return 'ok';
  return task.status.startsWith('WARNINGS') ? 'warning' : 'error';
};

const newestEnd = (a: Task, b: Task): number => (b.endtime as number) - (a.endtime as number);

/**
 * The finished tasks that a node still lists, newest end first. Its index is rotated when it passes `taskIndexBytes`
 * and only one older index is kept: what came before is lost to clients.
 */
export const archivedTasks = (cluster: Cluster, node: string): Task[] => {
  const finished = cluster.tasks.filter((task) => task.node === node && task.endtime !== undefined);
  finished.sort((a, b) => -newestEnd(a, b));
  let older = 0;
  let current = 0;
  let bytes = 0;
  for (let at = 0; at < finished.length; at += 1) {
    const task = finished[at] as Task;
    if (bytes > cluster.taskIndexBytes) {
      older = current;
      current = at;
      bytes = 0;
    }
    bytes += task.upid.length + (task.status ?? '').length + 11;
  }
  return finished.slice(older).reverse();
};

/** Running tasks of a node, newest first. */
export const activeTasks = (cluster: Cluster, node: string): Task[] =>
  cluster.tasks.filter((task) => task.node === node && task.endtime === undefined).reverse();

/** Rows of `/cluster/tasks`: what runs, and the last 25 finished of each node, dead nodes included. */
export const clusterTaskRows = (cluster: Cluster): Row[] =>
  cluster.nodes.flatMap((node) => [
    ...activeTasks(cluster, node.name).map(clusterTaskRow),
    ...archivedTasks(cluster, node.name).slice(0, 25).map(clusterTaskRow),
  ]);
