import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Compressed copies are made once, at build: the server sends `x.js.br` or `x.js.gz` as it is and never compresses on the request's path. */
function precompress(): Plugin {
  let outDir = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: (config) => void (outDir = join(config.root, config.build.outDir)),
    closeBundle: () => {
      for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        if (bytes.length < 1_024) continue; // below one packet nothing is won
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '../../node_modules/.vite/console',
  plugins: [react(), precompress()],
  resolve: { tsconfigPaths: true },
  server: { port: 4200, proxy: Object.fromEntries(['/v1', '/docs', '/openapi.json'].map((path) => [path, 'http://127.0.0.1:3000'])) },
  // Fonts must stay files: the content security policy allows no data: URLs.
  build: {
    outDir: '../../dist/apps/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    target: 'es2022',
    // What every page is made of, in one file: a dozen small ones compress worse, and each has headers of its own.
    rolldownOptions: {
      // The contract is facts and pure functions: what is not used needs not be there.
      treeshake: { moduleSideEffects: [{ test: /libs\/contract\/src\//, sideEffects: false }] },
      output: {
        advancedChunks: {
          groups: [
            // Words of pages that are not the first one, which would come along with what the elements need of the contract.
            {
              name: 'words',
              test: /libs\/contract\/src\/(detectors|findings|normal-usage|channels|alerts|back-off-samples|reason-texts|markdown\/[a-z-]+)\./,
              priority: 10,
            },
            // What the first page needs stays with it.
            { name: 'frame', tags: ['$initial'], priority: 10 },
            // What most pages open or ask with: forty small files of it came with the list.
            {
              name: 'page-parts',
              test: /@mui\/material\/(Dialog|Modal|Backdrop|Fade|Grow|Popover|Menu|List|Checkbox|FormControlLabel|FormGroup|internal\/SwitchBase|Divider|useRovingTabIndex)|@mui\/icons-material\/(CloseRounded|AddRounded|DownloadRounded|RefreshRounded|MoreHorizRounded)|ra-core\/dist\/[a-z]*\/?dataProvider\/(useGetOne|useInfiniteGetList)\.|useInfiniteQuery|console\/src\/(elements\/(Hidden|CountryCredit|reason-text|FactList|ConfirmDanger|SidePanel)|audit-logs\/(FilterChips|AddFilter|SearchBox|OfferList|search-text|search-completion|TimeRange|use-list-keys|HoldButton|curl)|api-keys\/(RevokeDialog|RevocationOutcome))\./,
              priority: 5,
            },
            {
              name: 'elements',
              priority: 20,
              test: /console\/src\/(elements\/(Mono|Chip|Notice|StatusChip|times|TimeStamp|RecordLines|Address|MethodTag|EmptyState|ProblemView|KeyName|Page|DataTable|Choices|figures)|audit-logs\/(log-query|use-log-query)|layout\/Page|data-provider|session\/use-session)\.|ra-core\/dist\/[a-z]*\/?dataProvider\/(useGetList|useDataProvider)\./,
            },
          ],
        },
      },
    },
  },
});
