/**
 * PostgreSQL refuses to run as root. Started as root, the embedded server runs as `postgres`, else as `nobody`; where that user cannot reach
 * the files (a clone below /root, a strict umask), it is given the one capability that lets it.
 */
import { accessSync, chownSync, constants, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../platform/start-error';

export type PostgresUser = {
  /** Owner of the data; null: ourselves. */
  owner: { uid: number; gid: number } | null;
  /** Options of spawn. */
  spawn: { uid?: number; gid?: number };
  /** Program and arguments to put before the command. */
  prefix: readonly string[];
};

const OURSELVES: PostgresUser = { owner: null, spawn: {}, prefix: [] };
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'];

/** `paths`: what the user must be able to reach. */
export function postgresUser(paths: readonly string[]): PostgresUser {
  if (process.getuid?.() !== 0) return OURSELVES;
  const owner = operatingSystemUser('postgres') ?? operatingSystemUser('nobody');
  if (!owner)
    throw new StartError(
      'PostgreSQL cannot run as root, and there is no user postgres or nobody. Start as an ordinary user, or set DATABASE_URL.',
    );
  const closed = paths.flatMap(parents).find((path) => !mayPass(statSync(path), owner));
  if (closed === undefined) return { owner, spawn: owner, prefix: [] };
  const setpriv = SETPRIV.find(isExecutable);
  if (setpriv === undefined) {
    throw new StartError(
      `PostgreSQL cannot run as root, and user ${owner.uid} may not pass ${closed}. Run chmod o+x on it, move the product out of it, start as an ordinary user, or set DATABASE_URL.`,
    );
  }
  const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  return { owner, spawn: {}, prefix: [setpriv, ...ids, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'] };
}

export function giveTo(user: PostgresUser, path: string): void {
  if (user.owner) chownSync(path, user.owner.uid, user.owner.gid);
}

function operatingSystemUser(name: string): { uid: number; gid: number } | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':').map(Number) ?? [];
  return uid !== undefined && gid !== undefined ? { uid, gid } : null;
}

function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...parents(parent)];
}

/** Of the three groups of bits exactly one counts, as in the kernel. A file must be readable and executable, a directory passable. */
function mayPass(stats: Stats, { uid, gid }: { uid: number; gid: number }): boolean {
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
  const needed = stats.isDirectory() ? 0o1 : 0o5;
  return ((stats.mode >> shift) & needed) === needed;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
