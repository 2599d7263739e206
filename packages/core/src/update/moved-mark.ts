// The mark of a database that has moved. It stands among the migrations, where everybody who opens the database looks
// first.

/** Its checksum is where the database has moved to, as much of it as there is room for. */
export const movedMark = { domain: 'moved', id: '0000-sealed' } as const;
