// The vocabulary of made-up clusters: service names, tags, systems.

/** What machines are called; a number is put behind it. */
export const machineNames = [
  'web',
  'db',
  'mail',
  'git',
  'build',
  'cache',
  'proxy',
  'monitor',
  'backup',
  'desktop',
  'win-ad',
  'k8s-worker',
  'storage',
  'media',
  'erp',
  'vpn',
] as const;

/** What containers are called. */
export const containerNames = [
  'dns',
  'pihole',
  'nginx',
  'grafana',
  'influx',
  'mqtt',
  'wiki',
  'vault',
  'redis',
  'gitea',
  'unifi',
  'paperless',
] as const;

/** Tags as the product joins them; the empty text means none. */
export const tagSets = ['', '', 'prod', 'prod;web', 'test', 'dev', 'backup;prod', 'db;prod', 'lab'] as const;

/** `ostype` of machines. */
export const machineSystems = ['l26', 'l26', 'l26', 'l26', 'l26', 'other'] as const;

/** `ostype` of machines whose name says Windows. */
export const windowsSystems = ['win11', 'win10'] as const;

/** `ostype` of containers. */
export const containerSystems = ['debian', 'debian', 'ubuntu', 'alpine', 'fedora'] as const;

/** Processor models with cores per socket. */
export const processors: readonly { model: string; cpus: number; sockets: number }[] = [
  { model: 'Intel(R) Xeon(R) Silver 4310 CPU @ 2.10GHz', cpus: 48, sockets: 2 },
  { model: 'AMD EPYC 7313P 16-Core Processor', cpus: 32, sockets: 1 },
  { model: 'Intel(R) Core(TM) i5-12500T', cpus: 12, sockets: 1 },
  { model: 'Intel(R) N100', cpus: 4, sockets: 1 },
];
