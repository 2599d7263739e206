// The mark of the key that the secrets of a database are sealed with. It stands among the migrations, in no archive: what
// is restored is sealed with the key of where it goes.

/** Its checksum is the identity of the key. No domain has such a name. */
export const keyMark = { domain: 'holdfast.key', id: '0000-identity' } as const;
