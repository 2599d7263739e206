// The server's clock in SQL, as instants are stored: microseconds in UTC.

/** In a session whose time zone is UTC, as all of the store's are. `now` would be before the waits for locks. */
export const momentSql = 'timestampdiff(MICROSECOND, 19700101, sysdate(6))';

/**
 * A statement of a trigger with the moment in it, whatever the time zone of the session: it is changed for as long as
 * the clock is read, since its own hours may come twice. Where a transaction of the store is under way it is UTC.
 */
export const atMoment = (statement: (moment: string) => string): string => `IF @holdfast_txn IS NOT NULL THEN
  ${statement(momentSql)};
ELSE BEGIN
  DECLARE zone varchar(64) DEFAULT @@session.time_zone;
  DECLARE moment bigint;
  SET time_zone = '+00:00';
  SET moment = ${momentSql};
  SET time_zone = zone;
  ${statement('moment')};
END;
END IF`;
