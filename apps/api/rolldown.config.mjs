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
  // Packages stay outside, but for the framework: its 560 files are a quarter of a start. Nobody else imports those, so that there is one of each.
  external: (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime|@nestjs\/(?!platform-express)|rxjs(\/|$)|es-toolkit)/.test(id),
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
