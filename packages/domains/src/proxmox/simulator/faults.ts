// Faults on demand: rules that make chosen calls go wrong in chosen ways.

/** The ways to go wrong; see `Fault` for what steers each. */
export type FaultKind =
  /** Answers with `status` (default 500), `reason` and `body` instead of running the call. */
  | 'status'
  /** Waits `delayMs` (default 1000) before answering as usual. */
  | 'slow'
  /** Sends the body byte by byte, `delayMs` (default 10) apart, after the first `afterBytes` (default 0). */
  | 'trickle'
  /** Promises the whole length, sends `afterBytes` (default half of it) and closes. */
  | 'truncate'
  /** Resets the connection: before any byte, or with `afterBytes` after the headers and so many bytes of the body. */
  | 'reset'
  /** Status 200 with a page of HTML, or with `body`. */
  | 'not-json'
  /** Status 200 with valid JSON of the wrong shape: `body`, default `{"data":null}`. */
  | 'wrong-shape'
  /** Streams a valid list of about `bytes` (default 200 MiB), never held in memory. */
  | 'huge'
  /** Repeats rows of a list. */
  | 'duplicate'
  /** Adds fields that no version has, of every JSON type. */
  | 'unknown-fields'
  /** Leaves out fields that the schema calls optional, others for each row. */
  | 'missing-fields'
  /** Replaces names by hostile ones: quotes, newlines, NUL, emoji, lone surrogates, 10 kB, markup. */
  | 'hostile-names';

/** A rule. It is matched against the path below the API's prefix, decoded and without query, e.g. `/nodes/pve1/qemu`. */
export interface Fault {
  /** A whole path, or a pattern to find in it. */
  path: string | RegExp;
  kind: FaultKind;
  /** How many calls it hits before it is spent; default all. */
  times?: number;
  /** Bytes of the body. */
  afterBytes?: number;
  /** Milliseconds. */
  delayMs?: number;
  /** HTTP status, 200..999. */
  status?: number;
  /** Reason phrase of the status line. */
  reason?: string;
  /** Raw body. */
  body?: string;
  /** Size of a `huge` answer. */
  bytes?: number;
}

/** The rules of a simulator, mutable while it runs. All rules that match a call act on it together. */
export interface Faults {
  /** Adds a rule; the function given back removes it. */
  add(fault: Fault): () => void;
  remove(fault: Fault): void;
  clear(): void;
  /** Rules that are not spent. */
  readonly active: readonly Fault[];
  /** The rules that hit a call, counted against their `times`. */
  take(path: string): Fault[];
}

/** No faults at first. */
export const makeFaults = (): Faults => {
  const rules: { fault: Fault; left: number }[] = [];
  const remove = (fault: Fault): void => {
    const at = rules.findIndex((rule) => rule.fault === fault);
    if (at >= 0) rules.splice(at, 1);
  };
  const hits = (fault: Fault, path: string): boolean =>
    typeof fault.path === 'string' ? fault.path === path : path.search(fault.path) >= 0;
  return {
    add: (fault) => {
      rules.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
      return () => remove(fault);
    },
    remove,
    clear: () => {
      rules.length = 0;
    },
    get active() {
      return rules.map((rule) => rule.fault);
    },
    take: (path) => {
      const taken = rules.filter((rule) => hits(rule.fault, path));
      for (const rule of taken) {
        rule.left -= 1;
        if (rule.left <= 0) remove(rule.fault);
      }
      return taken.map((rule) => rule.fault);
    },
  };
};
