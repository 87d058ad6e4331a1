/** Whatever a caller sends, the filter of its line is one that the log takes, in an address that the server reads. */
import { parseLogFilter } from '@pinebill/contract';
import { byAgent, filterOf, fromCountry, type Condition } from './extent-filters';

const scope = { keyIds: ['key_01jdw2f8qtfvkbh1mv4s9aq0ng'], from: new Date(0), to: new Date(1) };
const line = { agent: 'curl/8', within: [] as string[] };
const lines = (...agents: (string | null)[]) => ({ lines: agents.map((agent) => ({ ...line, agent })), total: agents.length, fresh: 0 }) as unknown as Parameters<typeof byAgent>[1]; // prettier-ignore
const agentLine = (agent: string | null, within: string[] = []) => ({ ...line, agent, within }) as unknown as Parameters<typeof byAgent>[0];

function isTaken(conditions: Condition[]): boolean {
  const query = filterOf(scope, conditions);
  const parameters: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) (parameters[name] ??= []).push(value);
  const { issues } = parseLogFilter(parameters);
  return query.length < 14_000 && issues.length === 0;
}

it('names an agent that the grammar takes, and none that it does not', () => {
  const [short, longest, long] = ['curl/8', 'a'.repeat(2_048), 'a'.repeat(2_049)];
  const found = (conditions: Condition[] | null) => conditions && isTaken(conditions);
  expect([short, longest, long].map((agent) => found(byAgent(agentLine(agent), lines(agent))))).toEqual([true, true, null]);
  expect([longest, long].map((other) => found(byAgent(agentLine(short, [other]), lines(short, other))))).toEqual([true, null]);
  expect(found(byAgent(agentLine(null), lines(null, long)))).toBeNull();
  // Each is short enough, and all of them together no address that a server reads.
  const many = Array.from({ length: 60 }, (_, at) => `${at}${'é'.repeat(500)}`);
  expect(found(byAgent(agentLine('é', many), lines('é', ...many)))).toBeNull();
  expect(found(byAgent(agentLine(null), lines(null, ...many)))).toBeNull();
  expect(found(fromCountry(null, { lines: [{ country: 'DE' }, { country: null }], total: 2, fresh: 0 } as never))).toBe(true);
});
