// Is the schema as declared? Every difference with the statement that mends it, and no false ones:
// the declaration goes through the engine as well, so that only what the engine sees is compared.

import type { ActualTable, Engine, Finding } from '../engine/engine.ts';
import { physicalSpecs, type TableSpec } from '../schema/spec.ts';

/** @returns differences in the order in which they are to be mended; empty when there are none */
export async function schemaFindings(engine: Engine, specs: readonly TableSpec[]): Promise<Finding[]> {
  const declared = specs.flatMap(physicalSpecs);
  const wanted = new Map((await engine.describe(specs)).map((table) => [table.name, table]));
  const actual = new Map((await engine.introspect()).map((table) => [table.name, table]));
  return declared.flatMap((spec) => {
    const found = actual.get(spec.name);
    if (found === undefined)
      return [finding('TABLE_MISSING', spec.name, 'the table does not exist', engine.ddl.createTable(spec))];
    return tableFindings(engine, spec, wanted.get(spec.name)!, found);
  });
}

/** A finding whose mending is still open: statements of its own, or making the table anew. */
interface Draft extends Omit<Finding, 'fix'> {
  readonly fix: readonly string[] | 'rebuild';
}

function tableFindings(engine: Engine, spec: TableSpec, wanted: ActualTable, found: ActualTable): Finding[] {
  const drafts: Draft[] = [];
  const foundColumns = new Map(found.columns.map((column) => [column.name, column]));
  const missing: string[] = [];
  for (const column of wanted.columns) {
    const where = `${spec.name}.${column.name}`;
    const there = foundColumns.get(column.name);
    if (there === undefined) {
      missing.push(column.name);
      const fix = engine.ddl.addColumn(spec, column.name) ?? 'rebuild';
      drafts.push({ code: 'COLUMN_MISSING', where, what: 'the column does not exist', fix });
      continue;
    }
    for (const property of ['type', 'nullable', 'default'] as const) {
      const what = `${property} is ${there[property]}, declared ${column[property]}`;
      if (there[property] !== column[property])
        drafts.push({ code: 'COLUMN_DIFFERS', where, what, fix: 'rebuild' });
    }
  }
  if (found.key.join() !== wanted.key.join()) {
    const what = `the key is (${found.key.join(', ')}), declared (${wanted.key.join(', ')})`;
    drafts.push({ code: 'KEY_DIFFERS', where: spec.name, what, fix: 'rebuild' });
  }
  if (found.options !== wanted.options) {
    const what = `${found.options}, declared ${wanted.options}`;
    drafts.push({ code: 'OPTIONS_DIFFER', where: spec.name, what, fix: 'rebuild' });
  }
  // The checks of a missing column come back with it.
  const checks = wanted.checks.filter((check) => !missing.some((column) => names(check, column)));
  drafts.push(...setDrafts('CHECK', spec.name, checks, found.checks));
  drafts.push(...setDrafts('REFERENCE', spec.name, wanted.foreignKeys, found.foreignKeys));
  drafts.push(...indexDrafts(engine, spec, wanted, found));
  return [
    ...mended(drafts, spec.name, engine.ddl.rebuild(spec, found, wanted)),
    ...unknownColumns(engine, spec, wanted, found, drafts),
  ];
}

/** Making a table anew mends everything about it, so that comes first and the rest points to it. */
function mended(drafts: readonly Draft[], table: string, rebuild: readonly string[]): Finding[] {
  const first = drafts.find(({ fix }) => fix === 'rebuild');
  if (first === undefined) return drafts.map((draft) => ({ ...draft, fix: toText(draft.fix as string[]) }));
  return [
    { ...first, fix: toText(rebuild) },
    ...drafts
      .filter((draft) => draft !== first)
      .map((draft) => ({ ...draft, fix: `-- mended by the rebuild of ${table} above` })),
  ];
}

/** Columns that are not declared. They go last and by statements of their own, since their values go with them. */
function unknownColumns(
  engine: Engine,
  spec: TableSpec,
  wanted: ActualTable,
  found: ActualTable,
  drafts: readonly Draft[],
): Finding[] {
  const { ddl, syntax } = engine;
  const declared = new Set(spec.columns.map(({ name }) => name));
  // A column in a constraint cannot be dropped; made anew, the table has it without.
  let plain = drafts.some(({ fix }) => fix === 'rebuild');
  return found.columns
    .filter(({ name }) => !declared.has(name))
    .map(({ name }) => {
      const constraints = [
        ...found.checks,
        ...found.foreignKeys,
        found.key.join(),
        ...found.indexes.filter(({ sql }) => sql === undefined).map(({ definition }) => definition),
      ];
      const first =
        plain || !constraints.some((text) => names(text, name)) ? [] : ddl.rebuild(spec, found, wanted);
      plain ||= first.length > 0;
      const indexes = found.indexes.filter(
        ({ sql, definition }) => sql !== undefined && names(definition, name),
      );
      return finding(
        'COLUMN_UNKNOWN',
        `${spec.name}.${name}`,
        'the column is not declared; mending it drops its values',
        [
          ...first,
          ...indexes.map((index) => ddl.dropIndex(spec.name, index.name)),
          `ALTER TABLE ${syntax.quote(spec.name)} DROP COLUMN ${syntax.quote(name)}`,
        ],
      );
    });
}

/** Whether a definition names a column. */
const names = (definition: string, column: string): boolean =>
  new RegExp(`(?<!\\w)${column.replaceAll(/[^\w]/g, '\\$&')}(?!\\w)`).test(definition);

function setDrafts(
  what: string,
  where: string,
  wanted: readonly string[],
  found: readonly string[],
): Draft[] {
  const draft = (code: string, text: string): Draft => ({ code, where, what: text, fix: 'rebuild' });
  return [
    ...wanted
      .filter((each) => !found.includes(each))
      .map((each) => draft(`${what}_MISSING`, `declared but not there: ${each}`)),
    ...found
      .filter((each) => !wanted.includes(each))
      .map((each) => draft(`${what}_UNKNOWN`, `there but not declared: ${each}`)),
  ];
}

function indexDrafts(engine: Engine, spec: TableSpec, wanted: ActualTable, found: ActualTable): Draft[] {
  const { ddl } = engine;
  const there = new Map(found.indexes.map((index) => [index.name, index]));
  const declared = new Set(wanted.indexes.map(({ name }) => name));
  const drafts: Draft[] = [];
  for (const { name, definition } of wanted.indexes) {
    const actual = there.get(name)?.definition;
    if (actual === definition) continue;
    const named = spec.indexes.some((index) => index.name === name);
    const drop = actual === undefined ? [] : [ddl.dropIndex(spec.name, name)];
    drafts.push({
      code: actual === undefined ? 'INDEX_MISSING' : 'INDEX_DIFFERS',
      where: `${spec.name}: ${name}`,
      what: actual === undefined ? 'the index does not exist' : `is ${actual}, declared ${definition}`,
      fix: named ? [...drop, ...ddl.createIndex(spec, name)] : 'rebuild',
    });
  }
  // A plain index of the operator's own only costs a little on writes: it is theirs to keep.
  for (const { name, definition, sql } of found.indexes)
    if (!declared.has(name) && definition.startsWith('unique'))
      drafts.push({
        code: 'INDEX_UNKNOWN',
        where: `${spec.name}: ${name}`,
        what: `a unique index that is not declared: ${definition}`,
        fix: sql === undefined ? 'rebuild' : [ddl.dropIndex(spec.name, name)],
      });
  return drafts;
}

/** Comments stand on lines of their own. */
const toText = (statements: readonly string[]): string =>
  statements.map((statement) => (statement.startsWith('--') ? statement : `${statement};`)).join('\n');

const finding = (code: string, where: string, what: string, fix: readonly string[]): Finding => ({
  code,
  where,
  what,
  fix: toText(fix),
});
