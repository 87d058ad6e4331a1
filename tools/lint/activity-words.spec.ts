/** The API records an action, the console says it in words: the two cannot import each other, so their texts are compared. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const api = join(root, 'apps/api/src');
const words = readFileSync(join(root, 'apps/console/src/activity/activity-words.ts'), 'utf8');

const actions = new Set(
  readdirSync(api, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => [...readFileSync(join(api, file), 'utf8').matchAll(/action: '([a-z_]+\.[a-z_]+)'/g)].map(([, action]) => action!)),
);

it('each action that the API records has a sentence in the console, and a filter that finds it', () => {
  expect(actions.size).toBeGreaterThan(30);
  const sentences = new Set([...words.matchAll(/^ {2}'([a-z_]+\.[a-z_]+)':/gm)].map(([, action]) => action!));
  const filters = [...words.matchAll(/^ {2}\['([^']+)',/gm)].flatMap(([, list]) => list!.split(',')).filter((one) => !one.startsWith('!'));
  const isFound = (action: string): boolean =>
    filters.some((one) => (one.endsWith('.*') ? action.startsWith(one.slice(0, -1)) : action === one));
  expect([...actions].filter((action) => !sentences.has(action))).toEqual([]);
  expect([...actions].filter((action) => !isFound(action))).toEqual([]);
});
