// @holdfast/core/document: archives as YAML documents that people read.

export { type OpenDocument, type ReadDocumentOptions, readDocument } from './read-document.ts';
export type { Cell, DocumentColumn, DocumentHeader, TableBatch } from './shape.ts';
export { writeDocument } from './write-document.ts';
