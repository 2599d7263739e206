// holdfast source policy [NAME]: when a record counts as gone, and how much one sweep may do unasked.

import { userInfo } from 'node:os';
import type { Store } from '@holdfast/core';
import {
  type PolicySettings,
  parsePolicy,
  readPolicy,
  type SweepPolicy,
  sweepSetting,
} from '@holdfast/core/sync';
import { getSetting, requireConnection, setSetting, sources } from '@holdfast/core/system';
import type { Command } from 'commander';
import { collectors } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

/** Option to the setting it gives. */
const flags = {
  confirmSweeps: 'complete sweeps in a row that must miss a record',
  confirmAgeMs: 'or: milliseconds since the first that missed it',
  deletedPercent: 'more than this share of a scope gone is held back',
  deletedRecords: '… from so many records on',
  changedPercent: 'more than this share of a scope changed is held back',
  changedRecords: '… from so many records on',
} as const satisfies Record<keyof PolicySettings, string>;

const optionOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function registerPolicy(command: Command, invocation: Invocation): void {
  const policy = command
    .command('policy')
    .description('when a record counts as gone, and how much one sweep may do unasked')
    .argument('[name]', 'a source (default: what holds for all that have no policy of their own)');
  for (const [name, description] of Object.entries(flags))
    policy.option(`--${optionOf(name)} <number>`, `${description}; "default" takes it back`);
  policy.action((name: string | undefined, options: Record<string, string>) =>
    invocation.withStore({ create: false }, async (store) => {
      if (Object.keys(options).length > 0) await change(store, name, options);
      const set = await settingsOf(store, name);
      const inForce = await policyInForce(store, name);
      invocation.print({ source: name ?? null, set, policy: inForce }, () =>
        renderTable(
          ['setting', 'in force', 'set here'],
          Object.entries(inForce).map(([key, value]) => [
            optionOf(key),
            String(value ?? '-'),
            String(set[key as keyof PolicySettings] ?? '-'),
          ]),
        ),
      );
    }),
  );
}

async function policyInForce(store: Store, name: string | undefined): Promise<SweepPolicy> {
  if (name === undefined) return readPolicy(store, { name: '', settings: {} }, {});
  const source = await requireConnection(store, name);
  return readPolicy(store, source, collectors.find(({ domain }) => domain === source.domain) ?? {});
}

async function settingsOf(store: Store, name: string | undefined): Promise<PolicySettings> {
  if (name === undefined) return getSetting(store, sweepSetting);
  return (await requireConnection(store, name)).settings['sweep'] ?? {};
}

/** @throws SETTING_INVALID */
async function change(
  store: Store,
  name: string | undefined,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const wanted: Record<string, unknown> = { ...(await settingsOf(store, name)) };
  for (const [key, text] of Object.entries(options)) {
    if (text === 'default') delete wanted[key];
    else wanted[key] = text.trim() === '' ? Number.NaN : Number(text);
  }
  const policy = parsePolicy(wanted, 'the policy');
  if (name === undefined) {
    await setSetting(store, sweepSetting, policy, { name: userInfo().username, via: 'cli' });
    return;
  }
  const { settings } = await requireConnection(store, name);
  await store.repository(sources).update({ name }, { settings: { ...settings, sweep: policy } });
}
