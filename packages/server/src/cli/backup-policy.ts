// holdfast backup policy show|set: for how long archives of each data class are kept.

import { HoldfastError } from '@holdfast/core';
import {
  type Retention,
  readRetention,
  retentionSetting,
  type StoredRetention,
} from '@holdfast/core/retention';
import { getSetting } from '@holdfast/core/system';
import { type Command, Option } from 'commander';
import { dataClasses as classes, type PolicyJson, policyJson, setPolicy } from '../backups/policy.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

const rules = {
  keepLast: 'the newest so many',
  hourly: 'the last of each of so many hours',
  daily: 'of each of so many days',
  weekly: 'of each of so many weeks, from Monday',
  monthly: 'of each of so many months',
  yearly: 'of each of so many years',
  keepWithin: 'all that are at most so many days older than the newest',
  segmentsWithin: 'segments that are at most so many days older than the newest archive',
} as const;
type Rule = keyof typeof rules;

const optionOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function registerRetention(command: Command, invocation: Invocation): void {
  const policy = command.command('policy').description('for how long archives are kept: show, set');

  policy
    .command('show')
    .description('the rules in force; what any rule keeps is kept')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => print(invocation, await policyJson(store))),
    );

  const set = policy
    .command('set')
    .description('other rules for a data class; those not named stay')
    .addOption(new Option('--class <name>', 'whose archives').choices([...classes]))
    .option('--default', 'the rules that hold unless others are set')
    .option('--zone <zone>', 'whose days, weeks, months and years count, as Europe/Berlin');
  for (const [name, description] of Object.entries(rules))
    set.option(`--${optionOf(name)} <number>`, description);
  set.action((flags: Record<string, string | boolean | undefined>) =>
    invocation.withStore({ create: false }, async (store) => {
      const before = await getSetting(store, retentionSetting);
      const value = changed(before, await readRetention(store), flags);
      print(invocation, await setPolicy(store, value, { name: invocation.user, via: 'cli' }));
    }),
  );
}

function changed(
  before: StoredRetention,
  inForce: Retention,
  flags: Readonly<Record<string, string | boolean | undefined>>,
): StoredRetention {
  const { class: of, default: reset, zone } = flags;
  const given = (Object.keys(rules) as Rule[]).filter((rule) => flags[rule] !== undefined);
  const named = classes.find((name) => name === of);
  if (
    named === undefined
      ? given.length > 0 || reset === true || zone === undefined
      : given.length > 0 === (reset === true)
  )
    throw new HoldfastError('USAGE', 'policy set takes --class with rules or with --default, or --zone');
  const { [named ?? 'critical']: _own, ...others } = before;
  const base: StoredRetention = named === undefined ? before : others;
  const values = given.map((rule): [Rule, number] => [rule, numberOf(rule, String(flags[rule]))]);
  return {
    ...base,
    ...(named === undefined || reset === true
      ? {}
      : { [named]: { ...inForce.policies[named], ...Object.fromEntries(values) } }),
    ...(zone === undefined ? {} : { zone: String(zone) }),
  };
}

function numberOf(rule: Rule, text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text);
  throw new HoldfastError('USAGE', `--${optionOf(rule)} is ${JSON.stringify(text)}: it takes a number`);
}

function print(invocation: Invocation, shown: PolicyJson): void {
  const { zone, policies, set } = shown;
  invocation.print(shown, () =>
    [
      renderTable(
        ['class', ...Object.keys(rules).map(optionOf)],
        classes.map((name) => [
          `${name}${set[name] === undefined ? '' : ' *'}`,
          ...(Object.keys(rules) as Rule[]).map((rule) => String(policies[name][rule])),
        ]),
      ),
      `days of ${zone}; * set here`,
    ].join('\n'),
  );
}
