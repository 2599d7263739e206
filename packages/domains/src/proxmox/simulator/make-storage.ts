// Made-up storages: one recipe for each type that the product knows and people use.
import type { Storage } from './model.ts';
import { gib, tib } from './sizes.ts';

type Recipe = Pick<Storage, 'type' | 'content' | 'shared' | 'settings' | 'total'> & { stem: string };

const recipes: readonly Recipe[] = [
  {
    stem: 'local',
    type: 'dir',
    content: ['backup', 'iso', 'vztmpl'],
    shared: false,
    settings: { path: '/var/lib/vz' },
    total: 94 * gib,
  },
  {
    stem: 'local-lvm',
    type: 'lvmthin',
    content: ['images', 'rootdir'],
    shared: false,
    settings: { thinpool: 'data', vgname: 'pve' },
    total: 800 * gib,
  },
  {
    stem: 'nas',
    type: 'nfs',
    content: ['backup', 'images', 'iso'],
    shared: true,
    settings: {
      export: '/volume1/proxmox',
      path: '/mnt/pve/nas',
      server: '192.0.2.200',
      options: 'vers=4.2',
    },
    total: 16 * tib,
  },
  {
    stem: 'pbs',
    type: 'pbs',
    content: ['backup'],
    shared: true,
    settings: {
      datastore: 'main',
      fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
      server: '192.0.2.201',
      username: 'backup@pbs',
    },
    total: 8 * tib,
  },
  {
    stem: 'tank',
    type: 'zfspool',
    content: ['images', 'rootdir'],
    shared: false,
    settings: { mountpoint: '/tank/vm', pool: 'tank/vm', sparse: 1 },
    total: 3 * tib,
  },
  {
    stem: 'ceph-vm',
    type: 'rbd',
    content: ['images', 'rootdir'],
    shared: true,
    settings: { krbd: 0, pool: 'vm', username: 'admin', monhost: '192.0.2.11 192.0.2.12' },
    total: 6 * tib,
  },
  {
    stem: 'cephfs',
    type: 'cephfs',
    content: ['iso', 'vztmpl'],
    shared: true,
    settings: { path: '/mnt/pve/cephfs', 'fs-name': 'cephfs' },
    total: 2 * tib,
  },
  {
    stem: 'smb',
    type: 'cifs',
    content: ['backup'],
    shared: true,
    settings: { path: '/mnt/pve/smb', server: '192.0.2.202', share: 'backup', username: 'pve' },
    total: 4 * tib,
  },
  {
    stem: 'san',
    type: 'lvm',
    content: ['images'],
    shared: true,
    settings: { vgname: 'san-vg', base: 'iscsi-target:0.0.0.scsi-36001405' },
    total: 10 * tib,
  },
  {
    stem: 'iscsi-target',
    type: 'iscsi',
    content: ['none'],
    shared: true,
    settings: { portal: '192.0.2.203', target: 'iqn.2003-01.org.linux-iscsi.san:vm' },
    total: 0,
  },
  {
    stem: 'btrfs',
    type: 'btrfs',
    content: ['images', 'rootdir', 'iso'],
    shared: false,
    settings: { path: '/srv/btrfs' },
    total: tib,
  },
];

/** The storage at a position: the eleven types in turn, later rounds with a number in the name. */
export const makeStorage = (position: number, share: number): Storage => {
  const recipe = recipes[position % recipes.length] as Recipe;
  const round = Math.floor(position / recipes.length);
  const name = round === 0 ? recipe.stem : `${recipe.stem}-${round + 1}`;
  return {
    storage: name,
    type: recipe.type,
    content: [...recipe.content],
    shared: recipe.shared,
    disabled: false,
    settings: { ...recipe.settings },
    total: recipe.total,
    used: Math.floor(recipe.total * share),
    inactiveOn: [],
  };
};
