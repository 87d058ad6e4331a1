/**
 * The order of the spec files of a project. A fresh clone has no durations of an earlier run, and Jest would go by the size of the files: one
 * that starts the product ten times and is begun last leaves the other workers without work for a minute.
 */
const long = [
  'src/stop.spec.ts',
  'src/main.spec.ts',
  'src/fuzz.db.spec.ts',
  'demo/seed.db.spec.ts',
  'src/backup.spec.ts',
  'database/embedded-postgres.spec.ts',
  'src/slow-connections.spec.ts',
  'src/database-hangs.spec.ts',
  'demo/history.spec.ts',
  'matrix/matrix.db.spec.ts',
  'demo/demo.db.spec.ts',
  'maintenance/maintenance.db.spec.ts',
  'organizations/sign-in-throttle.db.spec.ts',
  'src/journeys.spec.ts',
];
const place = ({ path }) => {
  const at = long.findIndex((end) => path.replaceAll('\\', '/').endsWith(end));
  return at < 0 ? long.length : at;
};
const sizeOf = ({ path, context }) => context.hasteFS.getSize(path) ?? 0;

module.exports = class LongestFirst {
  sort(tests) {
    return [...tests].sort((a, b) => place(a) - place(b) || sizeOf(b) - sizeOf(a) || (a.path < b.path ? -1 : 1));
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {}
};
