// The product with failpoints, in a folder of its own: the one that is delivered has none.
//   node tools/faults/bundle.mjs [--production] <folder>
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import production from '../../apps/api/rolldown.config.mjs';

/** The product as it is built for delivery, or with failpoints. Resolves with the file to start. */
export async function bundle({ failpoints, directory }) {
  const { output, ...input } = production;
  const define = { ...input.transform.define, __FAILPOINTS__: 'true' };
  const treeshake = { ...input.treeshake, manualPureFunctions: [] };
  const built = await rolldown(failpoints ? { ...input, treeshake, transform: { ...input.transform, define } } : input);
  await built.write({ ...output, dir: directory });
  await built.close();
  return join(directory, 'main.mjs');
}

if (process.argv[1] === import.meta.filename)
  console.log(await bundle({ failpoints: !process.argv.includes('--production'), directory: process.argv.at(-1) }));
