// A table as the server writes it down: the only description that names everything in it.

import type { ActualColumn, ActualConstraint, ActualIndex, ActualTable } from '../engine.ts';
import { columnKey } from './ddl.ts';

/** @param sql the answer to SHOW CREATE TABLE, a line for each part */
export function parseCreateTable(name: string, sql: string): ActualTable {
  const lines = sql.split('\n');
  const columns: ActualColumn[] = [];
  const indexes: ActualIndex[] = [];
  const constraints: Record<string, ActualConstraint> = {};
  const [key, foreignKeys, checks]: string[][] = [[], [], []];
  for (const line of lines.slice(1, -1)) {
    const part = line.trim().replace(/,$/, '');
    const { index, foreignKey, check, primary } = matches(part);
    if (part.startsWith('`')) {
      const { column, check: own } = columnOf(part);
      columns.push(column);
      if (own === undefined) continue;
      checks!.push(own);
      constraints[columnKey(column.name)] = { name: column.name, sql: own };
    } else if (primary) key!.push(...unquoted(primary[1]!).split(', '));
    else if (index) {
      const [, unique = '', quoted, on] = index;
      indexes.push({
        name: plain(quoted!),
        definition: `${unique.toLowerCase()}(${unquoted(on!)})`,
        sql: part,
      });
    } else if (foreignKey) {
      const [, quoted, from, target, to, action = 'restrict'] = foreignKey;
      const definition = `(${unquoted(from!)}) -> ${plain(target!)} (${unquoted(to!)}) on delete ${action.toLowerCase()}`;
      foreignKeys!.push(definition);
      constraints[definition] = { name: plain(quoted!), sql: part };
    } else if (check) {
      const [, quoted, condition] = check;
      checks!.push(condition!);
      // Names that the server has made up are not declared.
      const made = /_chk_\d+$/.test(quoted!);
      constraints[`check ${condition}`] = {
        name: plain(quoted!),
        sql: made ? part.replace(/^.*? CHECK/, 'CHECK') : part,
      };
    }
  }
  return {
    name,
    columns,
    key: key!,
    foreignKeys: foreignKeys!.sort(),
    indexes: indexes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    checks: checks!.sort(),
    triggers: [],
    options: optionsOf(lines.at(-1)!),
    constraints,
  };
}

const matches = (part: string) => ({
  primary: /^PRIMARY KEY \((.*?)\)(?: USING \w+)?$/.exec(part),
  index: /^((?:UNIQUE |FULLTEXT |SPATIAL )?)KEY (`.*?`) \((.*)\)/.exec(part),
  foreignKey:
    /^CONSTRAINT (`.*?`) FOREIGN KEY \((.*?)\) REFERENCES (`.*?`) \((.*?)\)(?: ON DELETE (CASCADE|SET NULL|NO ACTION|SET DEFAULT))?/.exec(
      part,
    ),
  check: /^CONSTRAINT (`.*?`) CHECK (\(.*\))/.exec(part),
});

/** `` `name` varchar(20) COLLATE x NOT NULL DEFAULT 'a' CHECK (…) `` */
function columnOf(part: string): { readonly column: ActualColumn; readonly check?: string } {
  const [, quoted, rest] = /^(`(?:[^`]|``)*`) (.*)$/.exec(part)!;
  const [, type, tail] =
    /^((?:[a-z]+(?:\([^)]*\))?)(?: unsigned)?(?: zerofill)?(?: CHARACTER SET \w+)?(?: COLLATE \w+)?)(.*)$/.exec(
      rest!,
    )!;
  const check = / CHECK \((.*)\)$/.exec(tail!);
  const definition = check === null ? tail! : tail!.slice(0, check.index);
  const [, initial] = / DEFAULT ('(?:[^'\\]|''|\\.)*'|\(.*\)|\S+)/.exec(definition) ?? [];
  return {
    column: {
      name: plain(quoted!),
      // MySQL tells no width of whole numbers any more.
      type: type!.replace(/^(bigint|int|smallint)\(\d+\)/, '$1'),
      nullable: !/ NOT NULL/.test(definition.replace(/'(?:[^'\\]|''|\\.)*'/g, "''")),
      default: initial === undefined || initial === 'NULL' ? null : initial,
    },
    ...(check === null ? {} : { check: `(${check[1]})` }),
  };
}

const plain = (quoted: string): string => quoted.slice(1, -1).replaceAll('``', '`');
const unquoted = (names: string): string =>
  [...names.matchAll(/`((?:[^`]|``)*)`(\(\d+\))?/g)]
    .map(([, name, length = '']) => `${name!.replaceAll('``', '`')}${length}`)
    .join(', ');

/** What a table is made of, without what changes by itself. */
const optionsOf = (line: string): string =>
  line
    .replace(/^\)\s*/, '')
    .replace(/ ?AUTO_INCREMENT=\d+/, '')
    .replace(/ ?COMMENT='.*'/, '')
    .trim();
