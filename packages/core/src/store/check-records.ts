// Are the stored values what their columns declare? Reads every record once, in chunks.

import type { Finding } from '../engine/engine.ts';
import { type ErrorCode, isHoldfastError } from '../errors.ts';
import { compileEncoder, type Field, metricFields, recordFields, type StoredValue } from '../schema/codec.ts';
import type { AnyTable } from '../schema/table.ts';
import type { Repository } from './repository.ts';

/** Findings shown for one table; more of the same help nobody. */
const mostPerTable = 20;

const damage: ReadonlySet<ErrorCode> = new Set(['DATA_UNSOUND', 'DATABASE_CORRUPT']);

/** Values that no longer fit their declaration, as another program may have left them. */
export async function recordFindings(
  tables: readonly AnyTable[],
  repository: (table: AnyTable) => Repository<AnyTable>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const table of tables) {
    const validate = validator(table);
    let found = 0;
    try {
      for await (const rows of repository(table).stream()) {
        for (const row of rows) {
          if (found >= mostPerTable) break;
          const what = validate(row);
          if (what === undefined) continue;
          found++;
          findings.push(unsound(table, table.key.map((property: string) => row[property]).join('/'), what));
        }
      }
    } catch (error) {
      // A value the decoder cannot even read, or a damaged page; a wrong key file is not damage.
      if (!isHoldfastError(error) || !damage.has(error.code)) throw error;
      findings.push({ ...unsound(table, '', error.message), code: error.code });
    }
  }
  return findings;
}

function validator(table: AnyTable): (row: Readonly<Record<string, unknown>>) => string | undefined {
  const plain = (fields: Field[]): Field[] =>
    fields.filter(({ spec }) => spec.kind !== 'json' && !spec.secret);
  const own = plain(recordFields(table));
  const gauges = plain(metricFields(table)).map(
    (field): Field => ({ ...field, spec: { ...field.spec, nullable: true } }),
  );
  const fields = [...own, ...gauges];
  const secrets = { seal: (value: string) => value, open: (value: string) => value };
  const encode = compileEncoder(table.name, fields, { forms: {}, secrets });
  const into = new Array<StoredValue>(fields.length);
  return (row) => {
    try {
      encode(row, into, 0, 0);
      const strange = fields.findIndex(
        ({ property, spec }, index) => spec.kind === 'decimal' && row[property] !== into[index],
      );
      return strange < 0
        ? undefined
        : `${table.name}.${fields[strange]!.spec.name}: ${row[fields[strange]!.property]} is spelled ${into[strange]}`;
    } catch (error) {
      return (error as Error).message;
    }
  };
}

const unsound = (table: AnyTable, id: string, what: string): Finding => ({
  code: 'DATA_UNSOUND',
  where: id === '' ? table.name : `${table.name} ${id}`,
  what,
  fix: 'Correct the value, or restore the record from the newest proven backup',
});
