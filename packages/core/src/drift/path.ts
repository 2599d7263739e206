// Paths of leaves in a record's state, and the patterns that name many of them.

/** Names from the record inwards, as `['config', 'wifi', 'ssid']`. */
export type Segments = readonly string[];

/** `config.wifi.ssid`; dots and backslashes inside a name are escaped by a backslash. */
export const pathText = (segments: Segments): string =>
  segments.map((segment) => segment.replaceAll(/[\\.]/g, '\\$&')).join('.');

export function pathSegments(text: string): string[] {
  const segments = [''];
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '.') segments.push('');
    else if (character === '\\' && index + 1 < text.length) segments[segments.length - 1] += text[++index]!;
    else segments[segments.length - 1] += character;
  }
  return segments;
}

/** Does the pattern match? With `below`, also whatever lies inside what it matches. */
export type PathPattern = (segments: Segments, below?: boolean) => boolean;

/** A pattern is a path in which `*` stands for any part of one name, and `**` for any number of names. */
export function pathPattern(text: string): PathPattern {
  const exact = pathSegments(text);
  const inside = [...exact, '**'];
  return (segments, below = false) =>
    matches(below ? inside : exact, segments, (part) => part === '**', matchesWord);
}

/** Whether a text as a whole matches one with `*` in it. */
export const matchesWord = (pattern: string, text: string): boolean =>
  pattern.includes('*')
    ? matches([...pattern], [...text], (character) => character === '*', Object.is)
    : pattern === text;

/** Two fingers and one place to go back to: no pattern makes it slow. */
function matches(
  pattern: readonly string[],
  items: readonly string[],
  isMany: (part: string) => boolean,
  isOne: (part: string, item: string) => boolean,
): boolean {
  let [at, item, many, retry] = [0, 0, -1, 0];
  while (item < items.length) {
    const part = pattern[at];
    if (part !== undefined && isMany(part)) {
      many = at++;
      retry = item;
    } else if (part !== undefined && isOne(part, items[item]!)) {
      at++;
      item++;
    } else if (many >= 0) {
      at = many + 1;
      item = ++retry;
    } else return false;
  }
  return pattern.slice(at).every(isMany);
}

/** One pattern for several. */
export function anyPattern(texts: readonly string[]): PathPattern {
  const patterns = texts.map(pathPattern);
  return (segments, below) => patterns.some((pattern) => pattern(segments, below));
}
