// The mark of a database that a restore is not through with. It stands among the migrations, where everybody who opens
// the database looks first.

/** Its checksum is the id of the archive, or `arriving` where a database is moving in. */
export const restoreMark = { domain: 'restore', id: '0000-unfinished' } as const;

export const arriving = 'arriving';
