import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
type Graph = { graph: { dependencies: Record<string, { target: string }[]> } };

it('Nx knows what each project is made of: else it would take a build of yesterday for one of today', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pinebill-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
    execFileSync(process.execPath, [nx, 'graph', `--file=${file}`], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false' },
      stdio: 'pipe',
    });
    const { dependencies } = (JSON.parse(readFileSync(file, 'utf8')) as Graph).graph;
    const of = (project: string): string[] => [...new Set(dependencies[project]?.map(({ target }) => target))].sort();
    expect(of('api')).toEqual(expect.arrayContaining(['audit', 'contract', 'detection']));
    expect(of('console')).toContain('contract');
    expect(of('detection')).toContain('contract');
    expect(of('e2e')).toEqual(expect.arrayContaining(['api', 'console']));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
