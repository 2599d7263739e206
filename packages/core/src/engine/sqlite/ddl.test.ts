// The tables that declarations become in SQLite.

import { describe, expect, test } from 'vitest';
import {
  bigint,
  bool,
  bytes,
  date,
  decimal,
  instant,
  int,
  json,
  oneOf,
  real,
  text,
  uuid,
} from '../../schema/column.ts';
import { physicalSpecs } from '../../schema/spec.ts';
import { table } from '../../schema/table.ts';
import { ddl } from './ddl.ts';

const kinds = table(
  'kinds',
  {
    id: int(),
    text: text().default("it's"),
    code: text(9).nullable().unique(),
    bigint: bigint().default('-9223372036854775808'),
    real: real().default(2),
    large: real().default(1e21),
    small: real().default(-1.5e-7),
    decimal: decimal(9, 2).default('1.5'),
    bool: bool().default(true),
    instant: instant().default(-1),
    date: date(),
    json: json().default({ a: ["it's"] }),
    bytes: bytes(),
    uuid: uuid(),
    word: oneOf('on', "it's"),
    none: text()
      .nullable()
      .default(null as never),
  },
  { key: ['id'] },
);

describe('a table', () => {
  test('is strict, with a check where the storage type takes too much', () => {
    expect(ddl.createTable(kinds.spec)).toEqual([
      `CREATE TABLE "kinds" (
  "id" INTEGER NOT NULL,
  "text" TEXT NOT NULL DEFAULT 'it''s',
  "code" TEXT UNIQUE,
  "bigint" INTEGER NOT NULL DEFAULT -9223372036854775808,
  "real" REAL NOT NULL DEFAULT 2.0,
  "large" REAL NOT NULL DEFAULT 1e+21,
  "small" REAL NOT NULL DEFAULT -1.5e-7,
  "decimal" TEXT NOT NULL DEFAULT '1.50',
  "bool" INTEGER NOT NULL DEFAULT 1 CHECK ("bool" IN (0, 1)),
  "instant" INTEGER NOT NULL DEFAULT -1,
  "date" TEXT NOT NULL,
  "json" TEXT NOT NULL DEFAULT '{"a":["it''s"]}' CHECK (json_valid("json")),
  "bytes" BLOB NOT NULL,
  "uuid" TEXT NOT NULL,
  "word" TEXT NOT NULL CHECK ("word" IN ('on', 'it''s')),
  "none" TEXT DEFAULT NULL,
  PRIMARY KEY ("id")
) STRICT`,
    ]);
  });

  test('carries its references, checks and indexes by name; its gauges live in the tree of their key', () => {
    const rooms = table(
      'rooms',
      {
        kind: int().references(kinds, 'id', 'set null').nullable(),
        name: text(9),
        area: int(),
        heat: real().metric(),
      },
      {
        key: ['name'],
        indexes: [{ columns: ['kind', 'area'] }, { columns: ['area'], unique: true, where: 'area > 0' }],
        checks: { areaPositive: 'area > 0' },
      },
    );
    expect(physicalSpecs(rooms.spec).flatMap(ddl.createTable)).toEqual([
      `CREATE TABLE "rooms" (
  "kind" INTEGER,
  "name" TEXT NOT NULL,
  "area" INTEGER NOT NULL,
  PRIMARY KEY ("name"),
  FOREIGN KEY ("kind") REFERENCES "kinds" ("id") ON DELETE SET NULL,
  CONSTRAINT "rooms_area_positive" CHECK (area > 0)
) STRICT`,
      'CREATE INDEX "rooms_kind_area_idx" ON "rooms" ("kind", "area")',
      'CREATE UNIQUE INDEX "rooms_area_part_key" ON "rooms" ("area") WHERE area > 0',
      `CREATE TABLE "rooms_latest" (
  "name" TEXT NOT NULL,
  "metrics_at" INTEGER NOT NULL,
  "heat" REAL,
  PRIMARY KEY ("name"),
  FOREIGN KEY ("name") REFERENCES "rooms" ("name") ON DELETE CASCADE
) STRICT, WITHOUT ROWID`,
    ]);
  });
});
