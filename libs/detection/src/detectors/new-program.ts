/**
 * A key for which somebody has approved which programs use it is used by another one. Nothing of it is learnt: user agents change with every release,
 * so without an approved list there is no news in them.
 */
import type { Detector, Memory } from '../detector';
import type { KeyView } from '../key-view';
import { hours, ofKey, oneCall } from '../signs';

const name = 'newProgram';
const MOST_NAMED = 10;
/** What sends no user agent, or one that begins with no name: drafts of normal usage name it so as well. */
const UNNAMED = 'unnamed';

export const newProgram: Detector = {
  name,
  observe(_call, memory) {
    if (memory.key !== null) by(memory.key, memory);
  },
};

/** Its first word, as a person would name it: bounded, and without what PostgreSQL takes for no text. */
const programOf = (userAgent: string): string => (/^[^\s/(]{1,60}/.exec(userAgent.replace(/[\0\uD800-\uDFFF]/g, ''))?.[0] ?? '').toLowerCase() || UNNAMED; // prettier-ignore

function by(key: KeyView, { norms, episodes }: Memory): void {
  const approved = norms.approvedAgents(key.id);
  const agent = key.call.userAgent ?? '';
  if (approved.length === 0 || approved.some((beginning) => agent.startsWith(beginning))) return;
  const program = programOf(agent);
  if (program === UNNAMED && approved.includes(UNNAMED)) return;
  if (norms.isAccepted(name, ofKey(key.id), program, 0)) return;
  episodes.raise({
    ...oneCall(name, key),
    strand: program,
    severity: 'medium',
    seen: { program, network: key.network, country: key.call.country },
    normal: { approvedPrograms: approved.slice(0, MOST_NAMED) },
    threshold: { programsNotApproved: 1 },
    filter: { apiKeyId: key.id, ...agentFilter(program) },
    lesson: { what: program, upTo: null },
    quietMs: hours(24),
  });
}

/** By its name; of what has none, all of the key is shown. */
const agentFilter = (program: string): Record<string, string> =>
  program === UNNAMED ? {} : { userAgent: program.replace(/[\\,*!]/g, '\\$&') };
