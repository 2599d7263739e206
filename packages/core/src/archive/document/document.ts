// @holdfast/core/document: archives as YAML documents that people read.

export { documentHeaderOf, showArchive, showChain } from './archive-document.ts';
export { contentsOfDocument } from './document-contents.ts';
export { type OpenDocument, type ReadDocumentOptions, readDocument } from './read-document.ts';
export type { Cell, DocumentColumn, DocumentHeader, TableBatch } from './shape.ts';
export { documentHead, writeDocument } from './write-document.ts';
