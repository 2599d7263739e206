// Proof of a restore: every table is read again from where it was restored to, and compared with what the archive says.

import type { Engine } from '../../engine/engine.ts';
import { HoldfastError } from '../../errors.ts';
import type { SecretBox } from '../../schema/codec.ts';
import type { Pace } from '../backup/pace.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { openSecrets } from '../backup/secrets.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { LoadedArchive } from './load-archive.ts';
import type { DigestOfTable } from './overall-digest.ts';
import type { TableSource } from './table-sources.ts';

export interface ProveOptions {
  readonly schema: SchemaDocument;
  readonly secrets: SecretBox;
  readonly loaded: LoadedArchive;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tables in which a value could not be kept as it was are compared by their number of rows alone.
 * @returns the digests of what is there now. @throws PROOF_FAILED naming the first table that differs
 */
export async function proveTables(
  engine: Engine,
  sources: readonly TableSource[],
  { schema, secrets, loaded: { report, expected }, pace, signal }: ProveOptions,
): Promise<DigestOfTable[]> {
  const lossy = new Set(report.tables.filter((each) => each.lossy > 0).map(({ table }) => table));
  const found: DigestOfTable[] = [];
  const snapshot = await engine.snapshot(schema.tables, { signal });
  try {
    for (const { part } of sources) {
      const { spec, of, columns } = part;
      const wanted = expected.get(spec.name)!;
      const digest = new TableDigest(columns);
      const open = openSecrets(of, columns, secrets);
      for await (const rows of snapshot.rows(spec, { columns: columns.map(({ name }) => name) })) {
        open(rows);
        digest.add(rows);
        pace.add(spec.name, rows.length);
      }
      const same = lossy.has(spec.name) || wanted.digest === undefined || digest.digest === wanted.digest;
      if (digest.rows !== wanted.rows || !same)
        throw new HoldfastError(
          'PROOF_FAILED',
          `${spec.name} is not as the archive has it: ${digest.rows} of ${wanted.rows} rows, digest ${digest.digest}`,
          { details: { table: spec.name, rows: digest.rows, expected: wanted.rows } },
        );
      found.push({ table: spec.name, rows: digest.rows, digest: digest.digest });
    }
    return found;
  } finally {
    await snapshot.close();
  }
}
