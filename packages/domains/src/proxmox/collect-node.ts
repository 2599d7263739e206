// The questions that each node answers: status, guests, storage, tasks.

import { isHoldfastError, type Store } from '@holdfast/core';
import type { Rejection } from '@holdfast/core/sync';
import type { Asked, Questions } from '../ask.ts';
import { type Raw, str } from '../decode.ts';
import type { ProxmoxClient } from './client.ts';
import { offlineError } from './collect-cluster.ts';
import { type DecodedRows, decodeRows } from './decode-rows.ts';
import { type GuestKind, type GuestRow, nodeGuest } from './guest-rows.ts';
import { taskLog, tasks } from './tables.ts';
import { type TaskRow, taskRow } from './task-rows.ts';

export interface TaskLogLine {
  readonly upid: string;
  readonly line: number;
  readonly text: string;
}

export interface NodeAnswers {
  readonly node: string;
  readonly status: Asked<Raw>;
  readonly qemu: Asked<DecodedRows<GuestRow>>;
  readonly lxc: Asked<DecodedRows<GuestRow>>;
  readonly storage: Asked<Raw[]>;
  readonly tasks: Asked<TaskRow[]>;
  readonly rejectedTasks: readonly Rejection[];
  /** Logs of tasks that failed; undefined when there was none to ask for. */
  readonly taskLog: Asked<TaskLogLine[]> | undefined;
}

const taskPage = 200;
/** A first sweep reads this many pages of old tasks, later ones only until they meet what is stored. */
const mostTaskPages = 5;
/** Logs read for one node in one sweep; the rest follow in the next. */
const mostLogs = 20;

export async function askNode(
  client: ProxmoxClient,
  questions: Questions,
  store: Store,
  source: string,
  node: string,
): Promise<NodeAnswers> {
  const at = `/nodes/${encodeURIComponent(node)}`;
  const list = (path: string): Promise<Asked<Raw[]>> =>
    questions.ask(async () => (await client.list(`${at}/${path}`)).rows);
  // Decoded as it arrives, while the next answer is on its way.
  const guests = (kind: GuestKind): Promise<Asked<DecodedRows<GuestRow>>> =>
    questions.ask(async () => {
      const { rows } = await client.list(`${at}/${kind}`);
      return decodeRows(rows, (raw) => nodeGuest(raw, node), `${kind} on ${node}`);
    });
  const rejectedTasks: Rejection[] = [];
  const [status, qemu, lxc, storage, listedTasks] = await Promise.all([
    questions.ask(() => client.object(`${at}/status`)),
    guests('qemu'),
    guests('lxc'),
    list('storage'),
    questions.ask(() => readTasks(client, store, source, at, rejectedTasks)),
  ]);
  const wanted = listedTasks.value === undefined ? [] : await withoutLog(store, source, listedTasks.value);
  const logs = await Promise.all(wanted.map((task) => questions.ask(() => readLog(client, at, task.upid))));
  const failed = logs.find((log) => log.error !== undefined);
  return {
    node,
    status,
    qemu,
    lxc,
    storage,
    tasks: listedTasks,
    rejectedTasks,
    taskLog:
      wanted.length === 0
        ? undefined
        : {
            value: logs.flatMap((log) => log.value ?? []),
            ...(failed?.error ? { error: failed.error } : {}),
          },
  };
}

export function offlineNode(node: string): NodeAnswers {
  const answer = { error: offlineError(node) };
  return {
    node,
    status: answer,
    qemu: answer,
    lxc: answer,
    storage: answer,
    tasks: answer,
    rejectedTasks: [],
    taskLog: undefined,
  };
}

/** Newest first, until a page holds nothing but tasks that are stored as ended. */
async function readTasks(
  client: ProxmoxClient,
  store: Store,
  source: string,
  at: string,
  rejected: Rejection[],
): Promise<TaskRow[]> {
  const found = new Map<string, TaskRow>();
  for (let page = 0; page < mostTaskPages; page++) {
    const { rows, total } = await taskList(client, at, page * taskPage);
    const { rows: fresh, rejected: unread } = decodeRows(rows, taskRow, 'a task');
    rejected.push(...unread);
    for (const row of fresh) found.set(row.upid, row);
    if (rows.length < taskPage || (total !== undefined && (page + 1) * taskPage >= total)) break;
    if (await allEnded(store, source, fresh)) break;
  }
  return [...found.values()];
}

/** One page, running tasks included; what does not know the parameters is asked without them. */
async function taskList(client: ProxmoxClient, at: string, start: number): ReturnType<ProxmoxClient['list']> {
  try {
    return await client.list(`${at}/tasks?start=${start}&limit=${taskPage}&source=all`);
  } catch (error) {
    const status = isHoldfastError(error) ? error.details?.['status'] : undefined;
    if (start > 0 || (status !== 400 && status !== 501)) throw error;
    return client.list(`${at}/tasks`);
  }
}

async function allEnded(store: Store, source: string, rows: readonly TaskRow[]): Promise<boolean> {
  const upid = { in: rows.map((row) => row.upid) };
  return (await store.repository(tasks).count({ source, upid, endTime: { isNull: false } })) === rows.length;
}

async function withoutLog(store: Store, source: string, rows: readonly TaskRow[]): Promise<TaskRow[]> {
  const failed = rows.filter((row) => row.status === 'error' || row.status === 'warning').slice(0, taskPage);
  if (failed.length === 0) return [];
  const upid = { in: failed.map((row) => row.upid) };
  const { items } = await store
    .repository(taskLog)
    .list({ where: { source, upid, line: 1 }, limit: taskPage });
  const have = new Set(items.map((item) => item.upid));
  return failed.filter((row) => !have.has(row.upid)).slice(0, mostLogs);
}

async function readLog(client: ProxmoxClient, at: string, upid: string): Promise<TaskLogLine[]> {
  const { rows } = await client.list(`${at}/tasks/${encodeURIComponent(upid)}/log?limit=500`);
  return rows.map((raw, index) => ({ upid, line: index + 1, text: str(raw['t']) ?? '' }));
}
