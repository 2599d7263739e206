// Decoders by table and column, for results of queries that repositories did not build.

import type { Engine, OriginDecoders } from '../engine/engine.ts';
import { compileDecoder, type Field, metricFields, recordFields, type SecretBox } from '../schema/codec.ts';
import { journalColumns, physicalSpecs } from '../schema/spec.ts';
import type { AnyTable } from '../schema/table.ts';

export function originDecoders(
  tables: readonly AnyTable[],
  engine: Engine,
  secrets: SecretBox,
): OriginDecoders {
  const context = { forms: engine.forms(true), secrets };
  const byTable = new Map<string, Map<string, (value: unknown) => unknown>>();
  for (const table of tables) {
    const journal = journalColumns.map((spec): Field => ({ property: spec.name, spec }));
    const fields = new Map(
      [...recordFields(table), ...metricFields(table), ...journal].map((field) => [field.spec.name, field]),
    );
    for (const spec of physicalSpecs(table.spec)) {
      const columns = new Map<string, (value: unknown) => unknown>();
      for (const { name } of spec.columns) {
        const field = fields.get(name)!;
        const decode = compileDecoder(table.name, [field], context);
        columns.set(name, (value) => decode([value])[field.property]);
      }
      byTable.set(spec.name, columns);
    }
  }
  return { find: (table, column) => byTable.get(table)?.get(column) };
}
