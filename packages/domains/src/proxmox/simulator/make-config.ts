// Configurations of made-up guests, with the keys that the product's own wizards write.
import type { GuestConfig, Making } from './model.ts';
import { containerSystems, machineSystems, tagSets, windowsSystems } from './words.ts';

const mac = (making: Making): string => {
  const tail = making.random.hex(6).toUpperCase();
  return `BC:24:11:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`;
};

/** Identity that a create writes anew: two guests with one VMID in sequence differ in it. */
const freshIdentity = (making: Making): GuestConfig => ({
  meta: `creation-qemu=9.2.0,ctime=${making.now}`,
  smbios1: `uuid=${making.random.uuid()}`,
  vmgenid: making.random.uuid(),
});

/** Settings of a virtual machine; `born` is epoch seconds of its creation. */
export const machineConfig = (
  making: Making,
  vmid: number,
  name: string,
  disks: string,
  born: number,
): GuestConfig => {
  const { random } = making;
  const system = name.startsWith('win') ? random.pick(windowsSystems) : random.pick(machineSystems);
  const memory = 1024 * 2 ** random.below(5);
  const config: GuestConfig = {
    boot: 'order=scsi0;ide2;net0',
    cores: 1 + random.below(8),
    cpu: random.next() < 0.6 ? 'x86-64-v2-AES' : 'host',
    ide2: 'none,media=cdrom',
    memory,
    name,
    net0: `virtio=${mac(making)},bridge=vmbr0,firewall=1`,
    numa: 0,
    ostype: system,
    scsi0: `${disks}:vm-${vmid}-disk-0,iothread=1,size=${8 * 2 ** random.below(5)}G`,
    scsihw: 'virtio-scsi-single',
    sockets: 1,
    ...freshIdentity({ random, now: born }),
  };
  const extras = random.next();
  if (extras < 0.7) config.agent = extras < 0.4 ? 1 : 'enabled=1,fstrim_cloned_disks=1';
  if (extras > 0.5) config.onboot = 1;
  if (extras > 0.8) config.balloon = memory / 2;
  if (extras < 0.15) config.scsi1 = `${disks}:vm-${vmid}-disk-1,iothread=1,size=100G`;
  if (extras < 0.1) config.serial0 = 'socket';
  if (system.startsWith('win')) {
    config.bios = 'ovmf';
    config.machine = 'pc-q35-9.2';
    config.efidisk0 = `${disks}:vm-${vmid}-disk-2,efitype=4m,pre-enrolled-keys=1,size=4M`;
    config.tpmstate0 = `${disks}:vm-${vmid}-disk-3,size=4M,version=v2.0`;
  }
  if (extras > 0.9) config.description = `Managed by the ${name} team\n`;
  const tags = random.pick(tagSets);
  if (tags !== '') config.tags = tags;
  return config;
};

/** Settings of a container. */
export const containerConfig = (
  making: Making,
  vmid: number,
  hostname: string,
  disks: string,
): GuestConfig => {
  const { random } = making;
  const config: GuestConfig = {
    arch: 'amd64',
    cores: 1 + random.below(4),
    features: 'nesting=1',
    hostname,
    memory: 256 * 2 ** random.below(5),
    net0: `name=eth0,bridge=vmbr0,firewall=1,hwaddr=${mac(making)},ip=dhcp,type=veth`,
    ostype: random.pick(containerSystems),
    rootfs: `${disks}:vm-${vmid}-disk-0,size=${4 * 2 ** random.below(4)}G`,
    swap: 512,
    unprivileged: 1,
  };
  const extras = random.next();
  if (extras > 0.5) config.onboot = 1;
  if (extras < 0.2) config.mp0 = `${disks}:vm-${vmid}-disk-1,mp=/srv/data,backup=1,size=50G`;
  if (extras > 0.9) config.description = 'Created from a community script\n';
  const tags = random.pick(tagSets);
  if (tags !== '') config.tags = tags;
  return config;
};
