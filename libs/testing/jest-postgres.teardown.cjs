const { rmSync } = require('node:fs');
module.exports = async () => {
  const { pg, base } = globalThis.__PG__ ?? {};
  await pg?.stop();
  if (base) rmSync(base, { recursive: true, force: true });
};
