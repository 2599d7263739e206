// The part of better-sqlite3 that the peers need: the package ships no types.

declare module 'better-sqlite3' {
  interface Statement {
    readonly reader: boolean;
    all(parameters: readonly unknown[]): unknown[];
    run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
    iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
  }
  class Database {
    constructor(path: string);
    exec(sql: string): this;
    prepare(sql: string): Statement;
    close(): void;
  }
  export = Database;
}
