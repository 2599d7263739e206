// The CHECK conditions in a CREATE TABLE text; SQLite has no catalogue of them.

/** Conditions with white space folded and identifier quotes dropped, so that spelling does not count. */
export function checksOf(sql: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < sql.length; at++) {
    const end = quotedEnd(sql, at);
    if (end > at) {
      at = end;
      continue;
    }
    const match = /^CHECK\s*\(/i.exec(sql.slice(at, at + 40));
    if (match === null || /\w/.test(sql[at - 1] ?? ' ')) continue;
    const open = at + match[0].length;
    const close = closing(sql, open);
    found.push(normalise(sql.slice(open, close)));
    at = close;
  }
  return found;
}

/** Index of the parenthesis that closes the one before `from`. */
function closing(sql: string, from: number): number {
  let depth = 1;
  for (let at = from; at < sql.length; at++) {
    const end = quotedEnd(sql, at);
    if (end > at) at = end;
    else if (sql[at] === '(') depth++;
    else if (sql[at] === ')' && --depth === 0) return at;
  }
  return sql.length;
}

/** Index of the quote that ends the text or name starting at `at`, or `at` where none starts. */
function quotedEnd(sql: string, at: number): number {
  const quote = sql[at];
  if (quote !== "'" && quote !== '"') return at;
  for (let end = at + 1; end < sql.length; end++) {
    if (sql[end] !== quote) continue;
    if (sql[end + 1] !== quote) return end;
    end++;
  }
  return sql.length;
}

const normalise = (condition: string): string =>
  condition
    .split(/('(?:[^']|'')*')/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('"', '').replaceAll(/\s+/g, ' ')))
    .join('')
    .trim();
