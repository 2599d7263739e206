#!/usr/bin/env node
// Plain JavaScript on purpose: it must run, and explain itself, on any Node.
/* eslint-disable */
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    'holdfast needs Node 24 or newer, this is ' +
      process.version +
      ': inside this folder `npx holdfast` uses the right one, elsewhere install Node 24\n',
  );
  process.exitCode = 2;
} else {
  import('./start.js');
}
