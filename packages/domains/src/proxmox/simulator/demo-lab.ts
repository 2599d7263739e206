// The inventory of the demonstration lab: which guests, where, in which state.

/** One guest of the lab. `state` defaults to running. */
export interface LabGuest {
  vmid: number;
  name: string;
  /** Number of its node: 1 is pve1. */
  on: number;
  state?: 'stopped' | 'paused' | 'template';
  lock?: string;
  tags?: string;
  pool?: string;
  ha?: boolean;
  disks?: string;
}

/** 24 machines, the last two of which are templates. */
export const labMachines: readonly LabGuest[] = [
  {
    vmid: 100,
    name: 'opnsense',
    on: 1,
    tags: 'network;prod',
    pool: 'production',
    ha: true,
    disks: 'ceph-vm',
  },
  { vmid: 101, name: 'home-assistant', on: 1, tags: 'prod;smarthome', pool: 'production' },
  { vmid: 102, name: 'nextcloud', on: 2, tags: 'prod', pool: 'production', lock: 'backup' },
  { vmid: 103, name: 'postgres-primary', on: 2, tags: 'db;prod', pool: 'production', disks: 'tank' },
  { vmid: 104, name: 'postgres-replica', on: 3, tags: 'db;prod', pool: 'production', disks: 'tank' },
  { vmid: 105, name: 'gitlab', on: 3, tags: 'dev' },
  { vmid: 106, name: 'ci-runner-1', on: 3, tags: 'ci;dev' },
  { vmid: 107, name: 'ci-runner-2', on: 3, tags: 'ci;dev', state: 'stopped' },
  { vmid: 108, name: 'k8s-control', on: 1, tags: 'k8s', pool: 'lab' },
  { vmid: 109, name: 'k8s-worker-1', on: 2, tags: 'k8s', pool: 'lab' },
  { vmid: 110, name: 'k8s-worker-2', on: 3, tags: 'k8s', pool: 'lab' },
  { vmid: 111, name: 'win11-desk', on: 1, state: 'paused' },
  { vmid: 112, name: 'win-server-ad', on: 2, tags: 'windows' },
  { vmid: 113, name: 'truenas', on: 2, tags: 'prod;storage', pool: 'production' },
  { vmid: 114, name: 'jellyfin', on: 1, tags: 'media' },
  { vmid: 115, name: 'zabbix', on: 3, tags: 'monitor;prod' },
  { vmid: 116, name: 'mailcow', on: 1, tags: 'mail;prod', pool: 'production' },
  { vmid: 117, name: 'old-wiki', on: 2, state: 'stopped' },
  { vmid: 118, name: 'docker-host', on: 4 },
  { vmid: 119, name: 'minecraft', on: 4 },
  { vmid: 120, name: 'game-stream', on: 4 },
  { vmid: 121, name: 'scratch', on: 4, state: 'stopped' },
  { vmid: 9000, name: 'debian-13-cloud', on: 1, state: 'template', tags: 'template' },
  { vmid: 9001, name: 'ubuntu-2404-cloud', on: 2, state: 'template', tags: 'template' },
];

/** 12 containers. */
export const labContainers: readonly LabGuest[] = [
  { vmid: 200, name: 'pihole-1', on: 1, tags: 'dns;prod', pool: 'production' },
  { vmid: 201, name: 'pihole-2', on: 2, tags: 'dns;prod', pool: 'production' },
  { vmid: 202, name: 'nginx-proxy', on: 1, tags: 'prod;web' },
  { vmid: 203, name: 'grafana', on: 3, tags: 'monitor' },
  { vmid: 204, name: 'influxdb', on: 3, tags: 'db;monitor' },
  { vmid: 205, name: 'mosquitto', on: 1, tags: 'smarthome' },
  { vmid: 206, name: 'vaultwarden', on: 2, tags: 'prod' },
  { vmid: 207, name: 'paperless', on: 2 },
  { vmid: 208, name: 'unifi', on: 3, tags: 'network' },
  { vmid: 209, name: 'test-alpine', on: 3, state: 'stopped' },
  { vmid: 210, name: 'syncthing', on: 4 },
  { vmid: 211, name: 'gotify', on: 4 },
];
