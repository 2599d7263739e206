// Walks a YAML document by its indentation, so that no more than one record of it is in memory. What stands in one piece,
// be it a number or a whole list in braces, is given to the parser of YAML.

import { HoldfastError } from '../../errors.ts';
import { type Line, tooLarge } from './lines.ts';
import { parseYaml } from './parse-yaml.ts';

/** A key of a mapping, and what can be done with what stands behind it: one of the three. */
export interface Entry {
  readonly key: string;
  readonly line: number;
  /** All of it, parsed. */
  value(): Promise<unknown>;
  /** The entries of the mapping that it is. */
  entries(): AsyncIterable<Entry>;
  /** The items of the list that it is, each parsed. */
  items(): AsyncIterable<{ readonly value: unknown; readonly line: number }>;
}

/** Key, and the rest of the line. */
const keyed = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{},&*!|>%@`#-][^:#]*?)\s*:(?:\s+(.*))?$/;

export class Cursor {
  readonly #lines: AsyncIterator<Line>;
  readonly #most: number;
  #next: Line | undefined;
  #ended = false;
  #begun = false;

  /** @param most bytes of a piece */
  constructor(lines: AsyncIterable<Line>, most: number) {
    this.#lines = lines[Symbol.asyncIterator]();
    this.#most = most;
  }

  /** Entries of the mapping that begins here, indented by at least `least` spaces. */
  async *entries(least: number): AsyncIterable<Entry> {
    const first = await this.#content();
    if (first === undefined || first.indent < least) return;
    if (first.text[first.indent] === '{') {
      this.#next = undefined;
      yield* plainEntries(parseYaml(await this.#piece(first, first.text, least), first.number), first);
      return;
    }
    for (let line: Line | undefined = first; line !== undefined; line = await this.#content()) {
      if (line.indent < first.indent) return;
      const match = line.indent === first.indent ? keyed.exec(line.text.slice(line.indent)) : null;
      if (match === null) throw invalid(line, 'a key was expected here');
      const key = parseYaml(match[1]!, line.number);
      if (typeof key !== 'string') throw invalid(line, 'a key is no text');
      this.#next = undefined;
      let used = false;
      const once = (): string => {
        if (used) throw new Error(`${key} was read twice`);
        used = true;
        return match[2] ?? '';
      };
      yield this.#entry(key, line, once);
      if (!used) await this.#skip(line.indent);
    }
  }

  /** @throws DOCUMENT_INVALID where anything but comments follows */
  async requireEnd(): Promise<void> {
    const line = await this.#content();
    if (line !== undefined) throw invalid(line, 'nothing was expected behind the data');
  }

  #entry(key: string, line: Line, once: () => string): Entry {
    const inner = line.indent + 1;
    const inline = (rest: string) => rest !== '' && !rest.startsWith('#');
    const value = async () => parseYaml(await this.#piece(line, once(), inner), line.number);
    const cursor = this;
    return {
      key,
      line: line.number,
      value,
      async *entries() {
        const rest = once();
        if (!inline(rest)) yield* cursor.entries(inner);
        else yield* plainEntries(parseYaml(await cursor.#piece(line, rest, inner), line.number), line);
      },
      async *items() {
        const rest = once();
        if (!inline(rest)) {
          yield* cursor.#items(line.indent);
          return;
        }
        const list = parseYaml(await cursor.#piece(line, rest, inner), line.number);
        if (!Array.isArray(list)) throw invalid(line, 'a list was expected here');
        for (const item of list) yield { value: item, line: line.number };
      },
    };
  }

  /** Lists may be indented no deeper than the key they belong to. */
  async *#items(least: number): AsyncIterable<{ value: unknown; line: number }> {
    const isItem = (line: Line) => /^-(\s|$)/.test(line.text.slice(line.indent));
    const first = await this.#content();
    if (first === undefined || first.indent < least || !isItem(first)) return;
    for (let line: Line | undefined = first; line !== undefined; line = await this.#content()) {
      if (line.indent < first.indent || (line.indent === first.indent && !isItem(line))) return;
      if (line.indent > first.indent) throw invalid(line, 'it is indented as nothing before it');
      this.#next = undefined;
      // The dash is a space of the item's own indentation.
      const text = `${' '.repeat(line.indent)} ${line.text.slice(line.indent + 1)}`;
      yield {
        value: parseYaml(await this.#piece(line, text, line.indent + 1), line.number),
        line: line.number,
      };
    }
  }

  /** Passes over what belongs to a key, whatever its size. */
  async #skip(indent: number): Promise<void> {
    for (let line = await this.#peek(); line !== undefined; line = await this.#peek()) {
      const closing = /^\s*[\]}]/.test(line.text);
      const item = line.indent === indent && /^\s*-(\s|$)/.test(line.text);
      if (line.indent >= 0 && line.indent <= indent && !closing && !item) return;
      this.#next = undefined;
    }
  }

  /** What is left of a line, and the lines below it that are indented deeper. */
  async #piece(from: Line, rest: string, least: number): Promise<string> {
    const lines = [rest];
    let size = rest.length;
    for (let line = await this.#peek(); line !== undefined; line = await this.#peek()) {
      const closing = /^\s*[\]}]/.test(line.text);
      if (line.indent >= 0 && line.indent < least && !closing) break;
      lines.push(line.text);
      size += line.text.length + 1;
      if (size > this.#most)
        throw tooLarge(`what begins at line ${from.number} is larger than ${this.#most} bytes`);
      this.#next = undefined;
    }
    return lines.join('\n');
  }

  /** The next line that says anything. */
  async #content(): Promise<Line | undefined> {
    for (;;) {
      const line = await this.#peek();
      if (line === undefined) return undefined;
      if (/^(---|\.\.\.)(\s|$)/.test(line.text)) {
        if (this.#begun && line.text.startsWith('---')) throw invalid(line, 'one document was expected');
      } else if (line.indent >= 0 && !/^\s*$/.test(line.text)) {
        this.#begun = true;
        if (line.text[line.indent] === '\t') throw invalid(line, 'a tab is no indentation');
        return line;
      }
      this.#next = undefined;
    }
  }

  async #peek(): Promise<Line | undefined> {
    if (this.#next === undefined && !this.#ended) {
      const { done, value } = await this.#lines.next();
      this.#ended = done === true;
      this.#next = done ? undefined : value;
    }
    return this.#next;
  }
}

async function* plainEntries(value: unknown, line: Line): AsyncIterable<Entry> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid(line, 'a mapping was expected here');
  for (const [key, inside] of Object.entries(value))
    yield {
      key,
      line: line.number,
      value: async () => inside,
      entries: () => plainEntries(inside, line),
      async *items() {
        if (!Array.isArray(inside)) throw invalid(line, `${key} is no list`);
        for (const item of inside) yield { value: item, line: line.number };
      },
    };
}

const invalid = (line: Line, message: string): HoldfastError =>
  new HoldfastError('DOCUMENT_INVALID', `line ${line.number}: ${message}`);
