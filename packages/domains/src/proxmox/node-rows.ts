// Nodes: the cluster's lists of them, and a node's own status.

import type { ObservedRow } from '@holdfast/core/sync';
import { bool, int, isRaw, num, type Raw, rest, str } from '../decode.ts';

const listed = new Set(
  'node name id type status level ip ssl_fingerprint maxcpu cpu maxmem mem maxdisk disk uptime local nodeid online'.split(
    ' ',
  ),
);

/** A row of `/nodes` or of `/cluster/resources`: gauges are missing, not zero, while the node is away. */
export function listedNode(raw: Raw): ObservedRow | undefined {
  const name = str(raw['node'] ?? raw['name']);
  if (!name) return undefined;
  const status = str(raw['status']);
  return {
    name,
    status: status === 'online' || status === 'offline' ? status : 'unknown',
    type: str(raw['type']) ?? undefined,
    level: str(raw['level']),
    cpuMax: int(raw['maxcpu']),
    memoryMax: int(raw['maxmem']),
    diskMax: int(raw['maxdisk']),
    sslFingerprint: str(raw['ssl_fingerprint']) ?? undefined,
    cpuUsage: num(raw['cpu']),
    memoryUsage: int(raw['mem']),
    diskUsage: int(raw['disk']),
    uptime: int(raw['uptime']),
    extra: rest(raw, listed),
  };
}

/** A node row of `/cluster/status`. */
export function statusNode(raw: Raw): ObservedRow | undefined {
  const name = str(raw['name']);
  if (!name) return undefined;
  const online = bool(raw['online']);
  return {
    name,
    status: online === undefined ? 'unknown' : online ? 'online' : 'offline',
    ip: str(raw['ip']) ?? undefined,
    level: str(raw['level']),
  };
}

const part = (raw: Raw, name: string): Raw => {
  const value = raw[name];
  return isRaw(value) ? value : {};
};

/** `/nodes/{node}/status` */
export function nodeStatus(raw: Raw): ObservedRow {
  const cpu = part(raw, 'cpuinfo');
  const memory = part(raw, 'memory');
  const disk = part(raw, 'rootfs');
  const load = Array.isArray(raw['loadavg']) ? raw['loadavg'] : [];
  return {
    pveVersion: str(raw['pveversion']) ?? undefined,
    kernelVersion: str(raw['kversion']) ?? undefined,
    cpuModel: str(cpu['model']) ?? undefined,
    cpuMax: int(cpu['cpus']),
    memoryMax: int(memory['total']),
    diskMax: int(disk['total']),
    cpuUsage: num(raw['cpu']),
    memoryUsage: int(memory['used']),
    diskUsage: int(disk['used']),
    swapUsage: int(part(raw, 'swap')['used']),
    ioWait: num(raw['wait']),
    load1: num(load[0]),
    load5: num(load[1]),
    load15: num(load[2]),
    uptime: int(raw['uptime']),
  };
}
