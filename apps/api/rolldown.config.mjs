import { resolve } from 'node:path';
import { defineConfig } from 'rolldown';
const root = resolve(import.meta.dirname, '../..');
export default defineConfig({
  input: {
    main: resolve(import.meta.dirname, 'src/main.ts'),
    'export-thread': resolve(import.meta.dirname, 'src/exports/thread/export-thread.ts'),
    'archive-thread': resolve(import.meta.dirname, 'src/archives/archive-thread.ts'),
    'report-thread': resolve(import.meta.dirname, 'src/incident-response/report/thread/report-thread.ts'),
  },
  // Of our own code, only what is used: nothing of it does anything by being imported, and the threads need neither the framework nor the rest of us.
  treeshake: {
    moduleSideEffects: (id, external) => external || !/\/(apps|libs)\/.*\.ts$/.test(id),
    // Nothing is left in it, and files of the bundle that share it would keep its name.
    manualPureFunctions: ['failpoint'],
  },
  platform: 'node',
  tsconfig: resolve(import.meta.dirname, 'tsconfig.json'),
  transform: { define: { __FAILPOINTS__: 'false' } }, // tools/faults builds a bundle of its own with them
  external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id), // bundle own code, keep node_modules external
  output: {
    dir: resolve(root, 'dist/apps/api'),
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    sourcemap: true,
    cleanDir: true,
    keepNames: true,
  },
});
