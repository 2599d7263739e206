// What of a cluster is wanted, how much each difference matters, and what the product takes for what is not there.

import type { DriftDescriptor, DriftRule } from '@holdfast/core/drift';

const restart = 'It takes effect at the next start of the guest';

const guestRules: readonly DriftRule[] = [
  { path: 'unprivileged', category: 'security', severity: 'critical' },
  ...['config.unprivileged', 'config.features', 'config.protection', 'config.hookscript', 'config.args'].map(
    (path): DriftRule => ({ path, category: 'security', severity: 'critical', note: restart }),
  ),
  { path: 'status', category: 'system', severity: 'warning' },
  { path: 'node', category: 'system', severity: 'info' },
  { path: 'config.net*', category: 'network', severity: 'warning' },
  { path: 'config.ipconfig*', category: 'network', severity: 'warning', note: restart },
  ...['scsi*', 'virtio*', 'ide*', 'sata*', 'efidisk*', 'tpmstate*', 'unused*', 'rootfs', 'mp*'].map(
    (disk): DriftRule => ({ path: `config.${disk}`, category: 'device', severity: 'warning' }),
  ),
  ...['cores', 'sockets', 'cpu', 'memory', 'balloon', 'swap', 'bios', 'machine', 'hostpci*'].map(
    (part): DriftRule => ({ path: `config.${part}`, category: 'device', severity: 'warning', note: restart }),
  ),
  ...['cpuCores', 'memoryBytes', 'swapBytes', 'diskSize'].map(
    (path): DriftRule => ({ path, category: 'device', severity: 'warning', note: restart }),
  ),
  ...['name', 'tags', 'pool', 'hostname', 'config.name', 'config.tags', 'config.description'].map(
    (path): DriftRule => ({ path, category: 'metadata', severity: 'info' }),
  ),
];

const guest = {
  leaveOut: ['configDigest', 'identity'],
  /** Guests start, stop and move; marks and snapshots come and go. */
  ignore: [
    ...['status', 'node', 'haState', 'lockStatus', 'config.lock', 'config.parent', 'config.snaptime'],
    ...['config.meta', 'config.vmgenid', 'config.runningmachine', 'config.runningcpu'],
  ],
  repeats: Object.fromEntries(
    [
      'name',
      'hostname',
      'template',
      'cpuCores',
      'memoryBytes',
      'swapBytes',
      'tags',
      'osType',
      'unprivileged',
    ].map((property) => [property, 'config']),
  ),
  /** Written as a=1,b=2 in any order. */
  sets: [
    ...['tags', 'config.tags', 'config.net*', 'config.ipconfig*', 'config.scsi*', 'config.virtio*'],
    ...['config.ide*', 'config.sata*', 'config.mp*', 'config.rootfs', 'config.features', 'config.agent'],
    ...['config.startup', 'config.hostpci*', 'config.efidisk*', 'config.tpmstate*', 'config.hotplug'],
  ],
  rules: guestRules,
  isSecret: (name: string, value: unknown): boolean => name === 'cipassword' && value !== '',
} satisfies DriftDescriptor;

export const vmDrift: DriftDescriptor = {
  ...guest,
  defaults: {
    ...{ 'config.cores': 1, 'config.sockets': 1, 'config.memory': 512, 'config.numa': 0, 'config.acpi': 1 },
    ...{ 'config.kvm': 1, 'config.tablet': 1, 'config.onboot': 0, 'config.autostart': 0, 'config.freeze': 0 },
    ...{ 'config.agent': 0, 'config.protection': 0, 'config.template': 0, 'config.bios': 'seabios' },
    ...{ 'config.ostype': 'other', 'config.scsihw': 'lsi', 'config.hotplug': 'network,disk,usb' },
  },
};

export const containerDrift: DriftDescriptor = {
  ...guest,
  defaults: {
    ...{ 'config.memory': 512, 'config.swap': 512, 'config.onboot': 0, 'config.protection': 0 },
    ...{ 'config.template': 0, 'config.unprivileged': 0, 'config.console': 1, 'config.tty': 2 },
    'config.cmode': 'tty',
  },
};

export const storageDrift: DriftDescriptor = {
  repeats: { type: 'config', contentTypes: 'config', enabled: 'config', path: 'config', nodes: 'config' },
  leaveOut: ['configDigest'],
  sets: ['contentTypes', 'nodes', 'config.content', 'config.nodes', 'config.prune-backups'],
  defaults: { 'config.disable': 0, 'config.shared': 0 },
  rules: [
    ...['enabled', 'shared', 'path', 'type'].map(
      (path): DriftRule => ({ path, category: 'device', severity: 'warning' }),
    ),
    { path: 'config.encryption-key', category: 'security', severity: 'critical' },
    ...['config.server', 'config.fingerprint', 'config.username'].map(
      (path): DriftRule => ({ path, category: 'security', severity: 'critical' }),
    ),
    { path: 'nodes', category: 'system', severity: 'warning' },
  ],
};

export const nodeDrift: DriftDescriptor = {
  ignore: ['status', 'level'],
  rules: [
    { path: 'sslFingerprint', category: 'security', severity: 'critical' },
    { path: 'status', category: 'system', severity: 'critical' },
    { path: 'ip', category: 'network', severity: 'warning' },
    ...['pveVersion', 'kernelVersion'].map(
      (path): DriftRule => ({ path, category: 'system', severity: 'info' }),
    ),
    ...['cpuModel', 'cpuMax', 'memoryMax', 'diskMax'].map(
      (path): DriftRule => ({ path, category: 'device', severity: 'warning' }),
    ),
  ],
};
