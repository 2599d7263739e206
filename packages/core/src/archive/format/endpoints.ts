// Where the bytes of an archive go to and come from. A sink is never asked to seek, a source may be.

/** Takes the bytes of an archive from front to back; a pipe is enough. */
export interface ArchiveSink {
  /**
   * Resolves when more can be taken. The bytes are the caller's again afterwards.
   * @throws DISK_FULL, or whatever stopped it; the archive is then incomplete
   */
  write(bytes: Uint8Array): Promise<void>;
}

/** Gives any stretch of an archive. */
export interface ArchiveSource {
  /** Bytes of the whole archive. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on. What they are in is not changed afterwards.
   * @throws ARCHIVE_TRUNCATED when there are fewer
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Fills `into` from `offset` on, for whoever reads a lot and keeps nothing: memory that was used before is faster.
   * @throws ARCHIVE_TRUNCATED when there are fewer bytes
   */
  readInto?(offset: number, into: Uint8Array): Promise<void>;
}
