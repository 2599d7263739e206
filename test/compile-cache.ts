// Processes that tests start keep what they compile: with coverage the runner forbids that to itself, and whoever
// inherits it would strip the types of every source file anew.

import { tmpdir } from 'node:os';
import { join } from 'node:path';

delete process.env['NODE_DISABLE_COMPILE_CACHE'];
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');
