// The triggers there are, compared with those that capture needs.

import type { TableSpec } from '../../schema/spec.ts';
import type { CaptureFault, Session } from '../engine.ts';
import { createCapture } from './capture.ts';

export async function captureFaults(session: Session, specs: readonly TableSpec[]): Promise<CaptureFault[]> {
  const rows = await session.all({ sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'" }, []);
  const there = new Map(rows.map(([name, sql]) => [String(name), String(sql)]));
  return specs
    .filter(({ history }) => history !== undefined)
    .flatMap((spec) =>
      createCapture(spec).flatMap((wanted): CaptureFault[] => {
        const [, name] = /^CREATE TRIGGER "([^"]+)"/.exec(wanted) ?? [];
        if (name === undefined || there.get(name) === wanted) return [];
        const found = there.has(name);
        return [
          {
            table: spec.name,
            code: found ? 'TRIGGER_DIFFERS' : 'TRIGGER_MISSING',
            what: `the trigger ${name} ${found ? 'is not as it was made' : 'does not exist'}`,
          },
        ];
      }),
    );
}
