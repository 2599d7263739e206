// Nesting of an answer, told without recursion: what is built to be deep would use up the stack.

/** No device nests deeper than this. */
const most = 50;

export function isTooDeep(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    const next: object[] = [];
    for (const each of level)
      for (const inner of Object.values(each) as unknown[])
        if (inner !== null && typeof inner === 'object') next.push(inner);
    level = next;
  }
  return false;
}
