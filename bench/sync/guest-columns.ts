// The guest tables as hand-written code sees them: columns in a fixed order, and an observed row as their values.

import { canonicalJson, type ObservedRow } from '@holdfast/core/sync';

export type Cell = string | number | null | undefined;

/** What the lists tell, in each sweep. */
export const listed =
  'name status template cpu_cores memory_bytes disk_size pool tags ha_managed ha_state lock_status'.split(
    ' ',
  );
/** What only a configuration tells, when it has changed. */
export const configured = 'os_type identity config config_digest'.split(' ');
export const gauges = (
  'cpu_usage memory_usage disk_usage network_in network_out disk_read disk_write uptime pid memory_host ' +
  'pressure_cpu_some pressure_cpu_full pressure_io_some pressure_io_full pressure_memory_some ' +
  'pressure_memory_full extra'
).split(' ');

/** Containers have a few columns more. */
export const containerColumns = {
  listed: [...listed, 'swap_bytes'],
  configured: [...configured, 'hostname', 'unprivileged', 'os_template'],
  gauges: [...gauges, 'swap_usage'],
};
export const machineColumns = { listed, configured, gauges };

export type GuestColumns = typeof machineColumns;

const flag = (value: unknown): Cell => (value === undefined ? undefined : value ? 1 : 0);
const text = (value: unknown): Cell =>
  value === undefined ? undefined : value === null ? null : canonicalJson(value);
const words = (value: unknown): Cell =>
  value === undefined ? undefined : value === null ? null : JSON.stringify(value);

/** Values in the order listed, gauges, configured; undefined where nothing was observed. */
export function cellsOf(row: ObservedRow, container: boolean): Cell[] {
  const r = row as Record<string, Cell>;
  const cells: Cell[] = [
    r['name'],
    r['status'],
    flag(r['template']),
    r['cpuCores'],
    r['memoryBytes'],
    r['diskSize'],
    r['pool'],
    words(r['tags']),
    flag(r['haManaged']),
    r['haState'],
    r['lockStatus'],
  ];
  if (container) cells.push(r['swapBytes']);
  cells.push(
    r['cpuUsage'],
    r['memoryUsage'],
    r['diskUsage'],
    r['networkIn'],
    r['networkOut'],
    r['diskRead'],
    r['diskWrite'],
    r['uptime'],
    r['pid'],
    r['memoryHost'],
    r['pressureCpuSome'],
    r['pressureCpuFull'],
    r['pressureIoSome'],
    r['pressureIoFull'],
    r['pressureMemorySome'],
    r['pressureMemoryFull'],
    text(r['extra']),
  );
  if (container) cells.push(r['swapUsage']);
  if (r['configDigest'] === undefined) return cells;
  cells.push(r['osType'], text(r['identity']), text(r['config']), r['configDigest']);
  if (container) cells.push(r['hostname'], flag(r['unprivileged']), r['osTemplate']);
  return cells;
}
