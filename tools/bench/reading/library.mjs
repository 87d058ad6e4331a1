/** The code of the product that is measured, as a module: the library, and the grammar of filters as the API reads it. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const directory = join(root, 'dist/bench/reading');

export async function library() {
  const input = {
    audit: join(root, 'libs/audit/src/index.ts'),
    grammar: join(root, 'apps/api/src/audit-logs/log-query.ts'),
    ids: join(root, 'apps/api/src/platform/ids.ts'),
  };
  const external = (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id);
  const bundle = await rolldown({ input, platform: 'node', tsconfig: join(root, 'apps/api/tsconfig.json'), external });
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs', keepNames: true });
  const [audit, { readLogFilter }, { typeId }] = await Promise.all(
    ['audit', 'grammar', 'ids'].map((name) => import(join(directory, `${name}.mjs`))),
  );
  return { audit, readLogFilter, typeId };
}
