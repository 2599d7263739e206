import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Beside each file one for each encoding that the server answers with, so that it compresses nothing itself. */
const compressed = () => ({
  name: 'compressed',
  writeBundle({ dir = 'dist' }: { readonly dir?: string }) {
    const files = readdirSync(dir, { recursive: true }).map((file) => `${dir}/${String(file)}`);
    for (const file of files.filter((each) => /\.(js|css|html|svg)$/.test(each))) {
      const content = readFileSync(file);
      writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      writeFileSync(`${file}.br`, brotliCompressSync(content));
    }
  },
});

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Nothing as a data: URL in a script or style: the server's policy lets neither in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8099', ws: true } } },
});
