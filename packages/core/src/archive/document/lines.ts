// Lines of a document as it comes in: checked to be text, and never longer than there is room for.

import { HoldfastError } from '../../errors.ts';

export interface Line {
  /** From one. */
  readonly number: number;
  /** Without its end. */
  readonly text: string;
  /** Spaces before the first other character; -1 for an empty line or a comment. */
  readonly indent: number;
}

export interface LineLimits {
  /** Bytes of a line. */
  readonly line: number;
  /** Bytes of everything. */
  readonly total: number;
}

/** @throws DOCUMENT_INVALID for what is no UTF-8, DOCUMENT_TOO_LARGE */
export async function* readLines(input: AsyncIterable<Uint8Array>, limits: LineLimits): AsyncIterable<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [rest, number, total] = ['', 0, 0];
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw new HoldfastError('DOCUMENT_INVALID', `line ${number + 1} or the next: not UTF-8`, {
        cause: error,
      });
    }
  };
  for await (const bytes of input) {
    total += bytes.length;
    if (total > limits.total) throw tooLarge(`it is larger than ${limits.total} bytes`);
    const lines = (rest + decode(bytes)).split('\n');
    rest = lines.pop()!;
    for (const text of lines) yield line(++number, text);
    if (rest.length > limits.line) throw tooLarge(`line ${number + 1} is longer than ${limits.line} bytes`);
  }
  rest += decode();
  if (rest !== '') yield line(++number, rest);
}

function line(number: number, ended: string): Line {
  const text = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
  const indent = text.search(/[^ ]/);
  return { number, text, indent: indent >= 0 && text[indent] === '#' ? -1 : indent };
}

export const tooLarge = (message: string): HoldfastError =>
  new HoldfastError('DOCUMENT_TOO_LARGE', `the document is refused: ${message}`);
