// Archives as documents, as backup show prints them: the same restore, from a file that people have read, or changed.

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Store } from '@holdfast/core';
import type { Contents } from '@holdfast/core/archive';
import { contentsOfDocument } from '@holdfast/core/document';
import { fileHead } from './file-head.ts';

/** Whether a file begins as one; what it is, is said when it is read. */
export const isDocumentFile = (path: string): boolean =>
  /^(?:(?:#.*|---|)\r?\n)*version:/.test(fileHead(path)?.toString() ?? '');

/** Read through and checked, before anything is made for it; sections that are no table of a store are told. */
export async function fromDocument(path: string) {
  const contents = await contentsOfDocument(() => createReadStream(path), `the document ${basename(path)}`);
  const warnings: string[] = [];
  return {
    warnings,
    salvaged: contents.salvaged,
    async contents({ domains }: Store): Promise<Contents> {
      const known = new Set(domains.flatMap(({ tables }) => tables.map(({ name }) => name)));
      for (const [name, { rows }] of contents.tables)
        if (!known.has(name.replace(/_(latest|history)$/, '')) && !known.has(name) && rows > 0)
          warnings.push(`${rows} × ${name}: there is no such table`);
      return contents;
    },
  };
}
