// What goes to the terminal: JSON or text on stdout, failures and progress on stderr.

import { once } from 'node:events';
import { stripVTControlCharacters, styleText } from 'node:util';
import { isHoldfastError } from '@holdfast/core';

type Style = Parameters<typeof styleText>[0];

/** Colours only on a terminal; styleText also honours NO_COLOR. */
export const paint = (style: Style, text: string): string =>
  process.stdout.isTTY ? styleText(style, text, { stream: process.stdout }) : text;

export const isInteractive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

export const printText = (text: string): void => {
  process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
};

/** A long text in pieces, no faster than it is read. */
export async function printTexts(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}

/** User errors are one line and the next step; anything else is a bug, with its stack. */
export function printFailure(error: Error, json: boolean): void {
  const known = isHoldfastError(error);
  if (json) {
    printJson({
      error: known
        ? error.toJSON()
        : {
            code: 'BUG',
            message: error.message,
            hint: 'Please report this',
            details: { stack: error.stack },
          },
    });
    return;
  }
  const line = known
    ? `holdfast: ${printable(error.message)}\n  ${printable(error.hint)}\n`
    : `holdfast: this is a bug, please report it\n${error.stack}\n`;
  process.stderr.write(process.stderr.isTTY ? styleText('red', line, { stream: process.stderr }) : line);
}

/** Control characters of names and messages must not reach a terminal. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character === '\n' ? ' ' : '\u00b7',
  );

const widest = 40;

/** Rows as aligned columns under a header; numbers to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => shorten(printable(cell))));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => displayWidth(row[column] ?? ''))),
  );
  const right = header.map((_, column) =>
    cells.every((row) => /^(-|[\d.,]+ ?(%|[KMGTP]iB|B)?|)$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, widths[column]! - displayWidth(cell)));
        return right[column] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [paint('bold', line(header)), ...cells.map(line)].join('\n');
}

const shorten = (text: string): string =>
  [...text].length > widest ? `${[...text].slice(0, widest - 1).join('')}…` : text;

/** Columns a text takes: wide characters count twice, joiners and marks nothing. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
