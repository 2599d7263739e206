// Writes docs/reference/errors.md from the error table.

import { writeFileSync } from 'node:fs';
import { errorTable } from '@holdfast/core';

const rows = Object.entries(errorTable).map(
  ([code, { exit, status, hint }]) => `| \`${code}\` | ${exit} | ${status} | ${hint} |`,
);
const text = `# Errors

Every failure that a user can meet has a code, an exit code of the command line, an HTTP status, and a next step. With
\`--json\` it is \`{"error":{"code","message","hint","details"?}}\` on stdout. The message says what and where; the step
below is the usual one, and gives way to an exacter one where that is known. This page is written by \`npm run errors\`.

| code | exit | status | next step |
|---|---|---|---|
${rows.join('\n')}
`;
writeFileSync(new URL('../docs/reference/errors.md', import.meta.url), text);
