// The engine as the API has it, as a module.
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '../../..');

export async function library() {
  const external = (id) => !/^(\.|\/|@pinebill\/|@oxc-project\/runtime)/.test(id);
  const input = { detection: join(root, 'libs/detection/src/index.ts') };
  const bundle = await rolldown({ input, platform: 'node', tsconfig: join(root, 'apps/api/tsconfig.json'), external });
  const directory = join(root, 'dist/bench/detection');
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs' });
  const file = join(directory, 'detection.mjs');
  return { file, engine: await import(file) };
}
