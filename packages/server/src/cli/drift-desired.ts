// holdfast drift set|show|clear: what one record should be.

import { readFileSync } from 'node:fs';
import { formatInstant, HoldfastError, type Instant, readGiven } from '@holdfast/core';
import {
  clearDesired,
  type DesiredState,
  desiredFromActual,
  driftSubject,
  findRecord,
  findRecordIfAny,
  getDesired,
  listDriftRules,
  setDesired,
} from '@holdfast/core/drift';
import { desired, driftItems } from '@holdfast/core/system';
import type { Command } from 'commander';
import { desiredJson, driftItemJson, driftRuleJson } from '../shapes/drift.ts';
import { requireResource } from './domains.ts';
import { itemsText } from './drift-items.ts';
import { parseWishes } from './drift-values.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint, printable } from './output.ts';

interface SetFlags {
  readonly fromActual?: boolean;
  readonly fromTime?: string;
  readonly file?: string;
  readonly whole?: boolean;
  readonly partial?: boolean;
  readonly ignore: readonly string[];
}

export function registerDesired(command: Command, invocation: Invocation): void {
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  command
    .command('set')
    .description('say what a record should be; PROPERTY=VALUE adds to what is wanted already')
    .argument('<resource>')
    .argument('<id>')
    .argument(
      '[wishes...]',
      'PROPERTY=VALUE or PATH=VALUE, as config.cores=4; null wants that nothing is there',
    )
    .option('--from-actual', 'accept the record as it is now, whole')
    .option('--from-time <instant>', 'accept it as it was then: RFC 3339 with its zone, or -15m, -2h, -3d')
    .option('--file <file>', 'JSON of properties, - for standard input; replaces what was wanted')
    .option('--whole', 'whatever is there beyond it is drift, too')
    .option('--partial', 'only what is named is compared')
    .option('--ignore <pattern>', 'a path that is not compared, as config.net*; may be repeated', collect, [])
    .action((name: string, id: string, wishes: string[], flags: SetFlags) => {
      const resource = requireResource(name);
      const { at, properties } = wishOf(wishes, flags);
      if (flags.whole && flags.partial)
        throw new HoldfastError('USAGE', '--whole and --partial exclude each other');
      const whole = flags.whole ? true : flags.partial ? false : undefined;
      const shared = {
        by: invocation.user,
        ...(whole === undefined ? {} : { whole }),
        ...(flags.ignore.length === 0 ? {} : { ignore: flags.ignore }),
      };
      return invocation.withStore({ create: false }, async (store) => {
        const state =
          properties === 'actual'
            ? await desiredFromActual(store, resource, id, { ...shared, at })
            : await setDesired(store, resource, id, {
                ...shared,
                properties: properties ?? parseWishes(resource.table, wishes),
                keep: properties === undefined,
              });
        invocation.print({ resource: name, id: state.id, desired: desiredJson(state) }, () =>
          [desiredText(state), paint('dim', `Next: holdfast drift ${name} ${printable(state.id)}`)].join(
            '\n',
          ),
        );
      });
    });

  command
    .command('show')
    .description('what a record should be, who wants it, and where it is not')
    .argument('<resource>')
    .argument('<id>')
    .action((name: string, given: string) => {
      const resource = requireResource(name);
      return invocation.withStore({ create: false }, async (store) => {
        const subject = driftSubject(resource);
        // What is wanted of a record that is gone can still be seen, and cleared.
        const gone = await store.repository(desired).get({ resource: name, recordId: given });
        const found =
          gone === undefined
            ? await findRecord(store, resource, given)
            : await findRecordIfAny(store, resource, given);
        const id = found === undefined ? given : subject.idOf(found.row);
        const state = await getDesired(store, resource, id);
        const declared = found === undefined ? undefined : subject.declared(found.row);
        if (state === undefined && declared === undefined)
          throw new HoldfastError('DESIRED_NOT_FOUND', `nothing is wanted of ${name} ${id}`, {
            hint: `holdfast drift set ${name} ${id} --from-actual`,
          });
        const { items } = await store.repository(driftItems).list({
          where: { resource: name, recordId: id, state: { ne: 'resolved' } },
          limit: 1_000,
        });
        const rules = (await listDriftRules(store, 'acknowledge'))
          .filter((rule) => rule.resource === name && rule.recordId === id)
          .map(driftRuleJson);
        const shown = items.map(driftItemJson);
        const wanted = state === undefined ? null : desiredJson(state);
        invocation.print(
          {
            resource: name,
            id,
            desired: wanted,
            declared: declared ?? null,
            items: shown,
            acknowledged: rules,
          },
          () =>
            [
              ...(state === undefined ? [] : [desiredText(state)]),
              ...(declared === undefined
                ? []
                : [paint('bold', 'the record itself says'), indent(JSON.stringify(declared, null, 2))]),
              ...(shown.length === 0 ? ['No open differences'] : [itemsText(shown, null)]),
            ].join('\n'),
        );
      });
    });

  command
    .command('clear')
    .description('want nothing more of a record')
    .argument('<resource>')
    .argument('<id>')
    .action((name: string, given: string) => {
      const resource = requireResource(name);
      return invocation.withStore({ create: false }, async (store) => {
        const subject = driftSubject(resource);
        const found = await findRecordIfAny(store, resource, given);
        const id = found === undefined ? given : subject.idOf(found.row);
        if (!(await clearDesired(store, resource, id)))
          throw new HoldfastError('DESIRED_NOT_FOUND', `nobody has said what ${name} ${id} should be`, {
            hint:
              found !== undefined && subject.declared(found.row) !== undefined
                ? 'What the record itself says is changed in the record'
                : `holdfast drift set ${name} ${id} --from-actual`,
          });
        invocation.print(
          { resource: name, id, cleared: true },
          () => `Nothing more is wanted of ${name} ${printable(id)}`,
        );
      });
    });
}

/** Exactly one way to say it. @throws USAGE */
function wishOf(
  wishes: readonly string[],
  { fromActual, fromTime, file }: SetFlags,
): { readonly properties?: 'actual' | Record<string, unknown>; readonly at?: Instant } {
  const ways = [wishes.length > 0, fromActual, fromTime !== undefined, file !== undefined];
  if (ways.filter(Boolean).length !== 1)
    throw new HoldfastError(
      'USAGE',
      'drift set takes PROPERTY=VALUE, or --from-actual, or --from-time, or --file',
      {
        hint: 'holdfast drift set --help',
      },
    );
  if (fromTime !== undefined) return { properties: 'actual', at: parseMoment(fromTime) };
  if (fromActual) return { properties: 'actual' };
  return file === undefined ? {} : { properties: readJson(file) };
}

/** @throws SETTING_INVALID */
function readJson(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(path === '-' ? readFileSync(0, 'utf8') : readGiven(path));
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new HoldfastError('SETTING_INVALID', `--file ${path}: ${(cause as Error).message}`, { cause });
  }
  throw new HoldfastError('SETTING_INVALID', `--file ${path} holds no JSON object of properties`);
}

const desiredText = (state: DesiredState): string =>
  [
    `${paint('bold', printable(`${state.resource} ${state.id}`))} should be ${state.whole ? 'exactly' : 'at least'}`,
    indent(JSON.stringify(state.properties, null, 2)),
    ...(state.ignore.length === 0 ? [] : [`  not compared: ${printable(state.ignore.join(', '))}`]),
    paint('dim', `  set by ${printable(state.setBy)} at ${formatInstant(state.updatedAt)}`),
  ].join('\n');

const indent = (text: string): string => text.replaceAll(/^/gm, '  ');
