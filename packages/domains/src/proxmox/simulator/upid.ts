// UPIDs: the identifiers that the product gives to worker tasks.

/** The parts of a UPID. `pid`, `pstart` and `starttime` are numbers that the text spells in hexadecimal. */
export interface Upid {
  node: string;
  pid: number;
  pstart: number;
  starttime: number;
  type: string;
  id: string;
  user: string;
}

const hex8 = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

/** Writes `UPID:NODE:PID:PSTART:STARTTIME:TYPE:ID:USER:`, trailing colon included. */
export const formatUpid = (parts: Upid): string =>
  `UPID:${parts.node}:${hex8(parts.pid)}:${hex8(parts.pstart)}:${hex8(parts.starttime)}:${parts.type}:${parts.id}:${parts.user}:`;

// pstart grows past 8 digits after 497 days of uptime; ids may be empty.
const pattern =
  /^UPID:([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** Reads a UPID, or gives null when the text is none. */
export const parseUpid = (text: string): Upid | null => {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, node, , pid, pstart, starttime, type, id, user] = match as unknown as string[];
  return {
    node: node as string,
    pid: Number.parseInt(pid as string, 16),
    pstart: Number.parseInt(pstart as string, 16),
    starttime: Number.parseInt(starttime as string, 16),
    type: type as string,
    id: id as string,
    user: user as string,
  };
};
