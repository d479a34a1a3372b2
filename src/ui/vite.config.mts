import { defineConfig } from 'vite';

/** The stack that the development server asks. */
const target = process.env['TELLTALE_URL'] ?? 'http://127.0.0.1:4319';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/ui/static',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    // Not `/api` alone: the sources have a folder of that name.
    proxy: Object.fromEntries(
      ['^/api/(v1|v2|v3|stack|services|operations|traces|dependencies)(?=[/?]|$)', '^/(metrics|readyz)$', '^/-/'].map(
        (path) => [path, target],
      ),
    ),
  },
});
