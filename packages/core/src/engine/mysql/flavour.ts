// MySQL or MariaDB: one protocol, and differences that are told apart when the first connection is made.

/** What statements depend on. */
export interface Flavour {
  readonly name: 'MySQL' | 'MariaDB';
  /** As the server says it. */
  readonly text: string;
  /** 101119 for 10.11.19. */
  readonly version: number;
  /** Text by its bytes, spaces at its end included. */
  readonly collation: string;
  /** How an upsert names the row that was to be inserted: the words after VALUES, and a column of it. */
  readonly insertedAs: string;
  readonly inserted: (column: string) => string;
}

/** @param text `@@version`: `10.11.19-MariaDB-0+deb12u1`, `8.4.2` */
export function flavourOf(text: string): Flavour {
  // MariaDB behind a proxy may say that it is a 5.5.5, for programs that know MySQL only.
  const own = text.replace(/^5\.5\.5-(?=\d)/, '');
  const [, major = '0', minor = '0', patch = '0'] = /^(\d+)\.(\d+)\.(\d+)/.exec(own) ?? [];
  const version = Number(major) * 10_000 + Number(minor) * 100 + Number(patch);
  // MySQL means to take VALUES() away, MariaDB does not know the alias.
  if (/mariadb/i.test(text))
    return {
      name: 'MariaDB',
      text,
      version,
      collation: 'utf8mb4_nopad_bin',
      insertedAs: '',
      inserted: (column) => `VALUES(${column})`,
    };
  return {
    name: 'MySQL',
    text,
    version,
    collation: 'utf8mb4_0900_bin',
    insertedAs: ' AS given',
    inserted: (column) => `given.${column}`,
  };
}
