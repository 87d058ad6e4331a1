const { rmSync } = require('node:fs');
module.exports = async () => {
  const { pg, base } = globalThis.__PG__ ?? {};
  // Several projects in one run share the cluster and each have this teardown: the first one does it.
  globalThis.__PG__ = undefined;
  await pg?.stop();
  if (base) rmSync(base, { recursive: true, force: true });
};
