// Guests of one node: lists, status and settings.

import { shuffled } from '../../random.ts';
import { died } from './answer.ts';
import type { Call, Route } from './call.ts';
import { configView, pendingView } from './config-view.ts';
import type { Row } from './json.ts';
import type { Guest, GuestType } from './model.ts';
import { flag, isSet, type Schema, text } from './parameters.ts';
import { containerRow } from './rows-container.ts';
import { haStatus, machineRow } from './rows-machine.ts';

const directories = { qemu: 'qemu-server', lxc: 'lxc' } as const;
const one: Schema = { node: { kind: 'string' }, vmid: { kind: 'integer', minimum: 100 } };
const mayAudit = { privilege: 'VM.Audit', path: '/vms/{vmid}' } as const;

// A guest that moved away is missing here like one that never was.
const guestHere = ({ cluster, args }: Call, type: GuestType): Guest => {
  const guest = cluster.guests.get(Number(args.vmid));
  if (guest === undefined || guest.type !== type || guest.node !== args.node) {
    const file = `nodes/${args.node}/${directories[type]}/${args.vmid}.conf`;
    throw died(`Configuration file '${file}' does not exist`);
  }
  return guest;
};

const guestList = (call: Call, type: GuestType): Row[] => {
  const { cluster, profile, permissions, random, args } = call;
  const name = args.node as string;
  const node = cluster.nodes.find((candidate) => candidate.name === name);
  const full = isSet(call.parameters.full);
  const rows: Row[] = [];
  for (const guest of cluster.guests.values()) {
    if (guest.node !== name || guest.type !== type) continue;
    if (!permissions.check('VM.Audit', `/vms/${guest.vmid}`)) continue;
    rows.push(type === 'qemu' ? machineRow(guest, node, profile, full) : containerRow(guest, node, profile));
  }
  return shuffled(rows, random);
};

const agentOn = (setting: string | number | undefined): boolean => /^1|enabled=1/.test(String(setting ?? ''));

const currentStatus = (call: Call, type: GuestType): Row => {
  const guest = guestHere(call, type);
  const node = call.cluster.nodes.find((candidate) => candidate.name === guest.node);
  if (type === 'lxc')
    return { ...containerRow(guest, node, call.profile), ha: haStatus(call.cluster, guest) };
  const row = { ...machineRow(guest, node, call.profile, true), ha: haStatus(call.cluster, guest) };
  if (agentOn(guest.config.agent)) Object.assign(row, { agent: 1 });
  if (/^(qxl|virtio)/.test(String(guest.config.vga ?? ''))) Object.assign(row, { spice: 1 });
  return row;
};

const routesOf = (type: GuestType): Route[] => {
  const base = `/nodes/{node}/${type}`;
  const list: Schema =
    type === 'qemu' ? { node: { kind: 'string' }, full: flag } : { node: { kind: 'string' } };
  return [
    { method: 'GET', path: base, schema: list, run: (call) => ({ data: guestList(call, type) }) },
    {
      method: 'GET',
      path: `${base}/{vmid}/status/current`,
      schema: one,
      needs: mayAudit,
      run: (call) => ({ data: currentStatus(call, type) }),
    },
    {
      method: 'GET',
      path: `${base}/{vmid}/config`,
      schema: { ...one, current: flag, snapshot: text },
      needs: mayAudit,
      run: (call) => {
        const guest = guestHere(call, type);
        const name = call.parameters.snapshot;
        if (name === undefined) {
          return { data: configView(guest, call.profile, isSet(call.parameters.current)) };
        }
        const frozen = guest.snapshots?.[name];
        if (frozen === undefined) throw died(`snapshot '${name}' does not exist`);
        return { data: configView({ ...guest, config: frozen }, call.profile, true) };
      },
    },
    {
      method: 'GET',
      path: `${base}/{vmid}/pending`,
      schema: one,
      needs: mayAudit,
      run: (call) => ({ data: pendingView(guestHere(call, type)) }),
    },
  ];
};

export const guestRoutes: readonly Route[] = [...routesOf('qemu'), ...routesOf('lxc')];
