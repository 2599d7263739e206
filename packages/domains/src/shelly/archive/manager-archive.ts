// Archives of the Shelly Manager project, for whoever restores them.

export type { Homeless } from './homeless.ts';
export { isManagerArchive, readManagerArchive } from './read-archive.ts';
export type { ManagerArchive } from './shape.ts';
export { type ManagerRecords, managerRecords, type Rejected } from './to-records.ts';
