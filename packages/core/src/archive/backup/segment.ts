// What a segment holds: what has changed of the tables with a history, and of the others only what must fit to that.

import type { Snapshot } from '../../engine/snapshot.ts';
import type { SecretBox } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import { archives } from '../../system/tables.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { BaseArchive } from './base-archive.ts';
import { type Part, partsOf } from './content.ts';
import type { Since } from './plan-tables.ts';
import { openSecrets } from './secrets.ts';

export interface SegmentContent {
  /** Whether something critical has changed: otherwise no segment is worth writing. */
  readonly critical: boolean;
  /** Parts that are as in the archive before. */
  readonly leaveOut: (part: Part) => boolean;
}

interface Changed {
  readonly any: boolean;
  /** Rows have gone: what refers to them may have gone, too. */
  readonly gone: boolean;
}

/** Each archive adds a row to the register, which is no reason for the next one. */
const ofItself: string = archives.name;

/**
 * Of tables with a history, the changes; of critical ones without, the whole where their digest is another one. A table
 * without a history that stands between what is written, by a reference up or down, is written whole: the state that a
 * segment gives has no reference to a row that it lacks.
 */
export async function segmentContent(
  snapshot: Snapshot,
  content: readonly TableSpec[],
  base: BaseArchive,
  { position, whole }: Since,
  secrets: SecretBox | undefined,
): Promise<SegmentContent> {
  const changes = new Map<string, Changed>();
  const written = new Set<string>();
  for (const spec of content) {
    const tracked = spec.history !== undefined;
    if (tracked && !whole.has(spec.name)) changes.set(spec.name, await changesOf(snapshot, spec, position));
    else if (tracked || !base.content.has(spec.name)) written.add(spec.name);
    else if (spec.dataClass === 'critical' && spec.name !== ofItself) {
      if ((await digestOf(snapshot, spec, secrets)) !== base.digests.get(spec.name)) written.add(spec.name);
    }
  }
  const isCritical = ({ name, dataClass }: TableSpec): boolean =>
    dataClass === 'critical' && (written.has(name) || changes.get(name)?.any === true);
  const critical = content.some(isCritical);
  addRelated(content, changes, written);
  return {
    critical,
    leaveOut({ of, spec }) {
      if (written.has(of)) return false;
      const change = changes.get(of);
      // Gauges are no reason, but must not stay behind their record.
      return change === undefined || !(spec.name === `${of}_latest` ? change.gone : change.any);
    },
  };
}

async function changesOf(snapshot: Snapshot, spec: TableSpec, position: string): Promise<Changed> {
  let any = false;
  for await (const keys of snapshot.changedKeys(spec, position)) {
    any ||= keys.length > 0;
    if (keys.some(({ present }) => !present)) return { any: true, gone: true };
  }
  return { any, gone: false };
}

async function digestOf(
  snapshot: Snapshot,
  spec: TableSpec,
  secrets: SecretBox | undefined,
): Promise<string> {
  const [part] = partsOf(spec);
  const { columns } = part!;
  const digest = new TableDigest(columns);
  const open = secrets === undefined ? undefined : openSecrets(spec.name, columns, secrets);
  for await (const rows of snapshot.rows(spec, { columns: columns.map(({ name }) => name) })) {
    open?.(rows);
    digest.add(rows as Parameters<TableDigest['add']>[0]);
  }
  return digest.digest;
}

/** Grows `written` until nothing is left out that what is written refers to, or that refers to what may have gone. */
function addRelated(
  content: readonly TableSpec[],
  changes: ReadonlyMap<string, Changed>,
  written: Set<string>,
): void {
  const isOpen = (name: string): boolean => !changes.has(name) && !written.has(name);
  for (let before = -1; before < written.size; ) {
    before = written.size;
    for (const { name, foreignKeys } of content)
      for (const { table } of foreignKeys) {
        const above = written.has(table) || changes.get(table)?.gone === true;
        if (isOpen(name) && above) written.add(name);
        const below = written.has(name) || changes.get(name)?.any === true;
        if (isOpen(table) && below) written.add(table);
      }
  }
}
