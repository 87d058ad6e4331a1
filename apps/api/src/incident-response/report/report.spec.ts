/** One report in every form: what is signed, what a template may say, what is left out for those outside, and what stands on paper. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import type { IncidentReport, Person } from './incident-report';
import { redactedReport } from './redacted-report';
import { renderMarkdown } from './render-markdown';
import { reportFile } from './report-file';
import { renderJson, signedManifest } from './report-manifest';
import { blockNames, documentOf, faultOf, standardTemplate, valueNames } from './report-template';
import { sampleReport } from './sample-report';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const fingerprint = createHash('sha256')
  .update(publicKey.export({ format: 'der', type: 'spki' }))
  .digest('hex');
const key = { id: fingerprint.slice(0, 16), fingerprint, publicKey: publicKey.export({ format: 'pem', type: 'spki' }) as string };
const kind = 'pinebill-incident-report' as const;
const signedOf = (report: IncidentReport) =>
  signedManifest(report, { kind, key, sign: (text) => sign(null, Buffer.from(text), privateKey) });
const [row] = sampleReport.evidence as [IncidentReport['evidence'][number]];
const withRows = (...paths: string[]): IncidentReport => ({
  ...sampleReport,
  evidence: paths.map((path, index) => Object.assign({}, row, { sequence: index + 1, path })),
});
const markdownOf = (report: IncidentReport, template = standardTemplate): string =>
  renderMarkdown(documentOf(template, { report, signed: signedOf(report) }));

const tool = resolve(__dirname, '../../../../../tools/verify-export/verify-export.mjs');
/** Whether each of them holds, for whoever has the tool and nothing else of the product. */
function verified(...files: string[]): boolean[] {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'));
  const paths = files.map((file, index) => join(folder, `${index}.json`));
  paths.forEach((path, index) => writeFileSync(path, files[index] ?? ''));
  const script = `const { verifyExport } = await import(${JSON.stringify(tool)}); const all = []; for (const path of process.argv.slice(1)) all.push((await verifyExport(path)).ok); console.log(JSON.stringify(all));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, ...paths], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return JSON.parse(said) as boolean[];
}

describe('The manifest of a report', () => {
  it('is checked by the tool that is given away, for any text of a row', () => {
    const all = fc.sample(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), 60).map((paths) => withRows(...paths));
    expect(new Set(verified(...all.map((report) => renderJson(report, signedOf(report)))))).toEqual(new Set([true]));
  });

  it('does not hold when a fact or a row is another, is missing or is one too many', () => {
    const report = withRows('/v1/a', '/v1/b');
    type File = { report: IncidentReport; evidence: string; manifest: { evidence: { rows: number } } };
    const changed = (change: (file: File) => void): string => {
      const file = JSON.parse(renderJson(report, signedOf(report))) as File;
      change(file);
      return JSON.stringify(file);
    };
    const changes: ((file: File) => void)[] = [
      (file) => (file.report.incident.severity = 'low'),
      (file) => (file.report.notes = []),
      (file) => (file.evidence = file.evidence.replace('/v1/a', '/v1/c')),
      (file) => (file.evidence = `${file.evidence.split('\n')[0]}\n`),
      (file) => (file.evidence += `${file.evidence.split('\n')[0]}\n`),
      (file) => (file.evidence = file.evidence.split('\n').slice(0, 2).reverse().join('\n') + '\n'),
      (file) => (file.manifest.evidence.rows = 3),
    ];
    const held = verified(
      changed(() => undefined),
      ...changes.map(changed),
    );
    expect(held).toEqual([true, ...changes.map(() => false)]);
  });
});

describe('A template', () => {
  it('is the standard one with every part, and each of them has its place in the report', () => {
    expect(faultOf(standardTemplate)).toBeNull();
    expect(blockNames.filter((name) => !standardTemplate.includes(`{{${name}}}`))).toEqual([]);
    const everything = `${valueNames.map((name) => `- ${name}: {{ ${name} }}`).join('\n')}\n\n${blockNames.map((name) => `{{${name}}}`).join('\n')}`;
    expect(faultOf(everything)).toBeNull();
    expect(markdownOf(sampleReport, everything)).not.toContain('{{');
    expect(markdownOf(sampleReport, '{{timeToContain}} and {{number}}')).toBe('2 min 47 s and 12\n');
  });

  it('is refused with the name of what it does not know, or of what stands where it cannot', () => {
    expect(faultOf('{{title}} {{titel}}')).toMatch(/^does not know \{\{titel\}\}\. Known within a line are title, /);
    for (const placed of ['a {{steps}}', '- {{steps}}', '> {{steps}}', '| a |\n| - |\n| {{steps}} |', '```\n{{steps}}\n```', '# {{steps}}', '{{steps}}\n\n{{steps}} b'])
      expect(faultOf(placed)).toMatch(/^takes \{\{steps\}\} alone on a line/); // prettier-ignore
    expect(faultOf('before\n{{steps}}\nafter')).toBeNull();
    expect(faultOf('{{constructor}}')).toMatch(/does not know/);
  });

  it('is filled with text alone: nothing in a value is a placeholder or Markdown', () => {
    const report = { ...sampleReport, incident: { ...sampleReport.incident, title: '{{organization}} # <b> [x](https://evil.example)' } };
    expect(markdownOf(report, '# {{title}}')).toBe('# {{organization}} \\# &lt;b&gt; `[x](https://evil.example)`\n');
  });

  it('cannot take the mark off a fire drill', () => {
    const report = { ...sampleReport, incident: { ...sampleReport.incident, drill: true } };
    expect(markdownOf(report, 'x')).toMatch(/^> \*\*Fire drill\.\*\*/);
  });
});

describe('A support packet', () => {
  const somebody: Person = { id: 'usr_01jdw2f8qtfvkbh1mv4s9aq0nz', name: 'Charles Babbage', role: 'member' };
  const report: IncidentReport = {
    ...sampleReport,
    rootCause:
      'Charles Babbage pasted pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17, says ada@larkspur.example; seen from 203.0.113.7 and 2001:db8:1:2::9.',
    evidence: [
      Object.assign({}, row, { query: { status: 'secret-value' }, actor: { type: 'user', id: somebody.id, name: somebody.name } }),
    ],
  };
  const packet = (shortenAddresses: boolean): string => JSON.stringify(redactedReport(report, { shortenAddresses, people: [somebody] }));

  it('names nobody, holds no secret, e-mail address or value of a query', () => {
    const text = packet(false);
    for (const gone of ['Ada', 'Lovelace', 'Grace', 'Hopper', 'Babbage', 'usr_', 'zQWBu', '@larkspur', 'secret-value']) expect(text).not.toContain(gone); // prettier-ignore
    for (const kept of ['member 1 pasted [redacted], says [redacted]', 'Production API', 'pbk_...x7f2', '203.0.113.7', '"status":"[redacted]"']) expect(text).toContain(kept); // prettier-ignore
    // Nobody is called so that the words of the report itself are lost.
    const odd: Person = { id: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ny', name: 'revoke', role: 'member' };
    expect(redactedReport(report, { shortenAddresses: false, people: [odd] }).subjects[0]?.contained?.how).toBe('revoke');
    // The same person is the same everywhere.
    const { steps, notes, timeline } = redactedReport(report, { shortenAddresses: false, people: [] });
    expect([steps[1]?.by, notes[0]?.author, timeline[2]?.actor]).toEqual(Array(3).fill({ id: null, name: 'admin 1', role: 'admin' }));
    expect(timeline[2]?.text).toMatch(/^admin 1 stopped /);
  });

  it('holds no token of the makers whose tokens people paste, and what only looks alike is left', () => {
    // In two parts, so that no scanner takes this file for a leak.
    const body = 'Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6h'; // 40
    const tokens = [
      ...[
        ['gh', `p_${body}`],
        ['gh', `s_${body}`],
        ['github', `_pat_${body}`],
        ['gl', `pat-${body}`],
        ['np', `m_${body}`],
      ],
      ...[
        ['AK', 'IAIOSFODNN7EXAMPLE'],
        ['AS', 'IAIOSFODNN7EXAMPLE'],
      ],
      ...[
        ['xo', `xb-1234567890-${body}`],
        ['xa', `pp-1-${body}`],
        ['hooks.sl', `ack.com/services/T0/B0/${body}`],
      ],
      ...[
        ['sk', `_live_${body}`],
        ['rk', `_test_${body}`],
        ['wh', `sec_${body}`],
      ],
      ...[
        ['AI', `za${body.slice(0, 35)}`],
        ['GOC', `SPX-${body.slice(0, 28)}`],
        ['ya', `29.${body}`],
        ['sk', `-ant-${body}`],
      ],
    ].map((parts) => parts.join(''));
    const told = (text: string) => redactedReport({ ...report, notes: [Object.assign({}, report.notes[0], { text })] }, { shortenAddresses: false, people: [] }).notes[0]!.text; // prettier-ignore
    for (const token of tokens) {
      const [before, after] = told(`found \`${token}\`, key=${token}`).split('[redacted]`, key=');
      // Of an address its beginning stays.
      expect([token, before!.length <= 'found `https://'.length, after]).toEqual([token, true, '[redacted]']);
    }
    expect(told(`aws_secret_access_key = ${body}\n"SecretAccessKey": "${body}"`)).toBe('aws_secret_access_key = [redacted]\n"SecretAccessKey": "[redacted]"'); // prettier-ignore
    const pem = (what: string): string => `-----${what} RSA PRIVATE KEY-----`;
    expect(told(`a\n${pem('BEGIN')}\nMII${body}\n${pem('END')}\nb`)).toBe('a\n[redacted]\nb');
    expect(told(`a\n${pem('BEGIN')}\nMII${body}`)).toBe('a\n[redacted]');
    const kept = 'Basic rules, ghp_short, risk_test_plans, AKIA, xox-men, inv_01jdw2f8qtfvkbh1mv4s9aq0ng, sk_live_?';
    expect(told(kept)).toBe(kept);
  });

  it('has networks in place of addresses when that is asked for', () => {
    const text = packet(true);
    for (const gone of ['203.0.113.7', '2001:db8:1:2']) expect(text).not.toContain(gone);
    expect(text).toContain('seen from 203.0.113.0/24 and 2001:db8:1::/48.');
    // What is no address stays: times, versions, ids, and networks that are wide already.
    for (const kept of ['2025-12-02T10:33:02.481Z', 'python-requests/2.32.3', '198.51.100.0/24']) expect(text).toContain(kept);
  });

  it('ends for a thousand rows of what a caller sends to make it slow', () => {
    const agents = [
      'a'.repeat(16_000),
      '1.'.repeat(8_000),
      'eyJ-'.repeat(4_000),
      'eyJaaaaaaaa.'.repeat(1_300),
      'ghp_xoxb-AIza'.repeat(1_200),
      '-----BEGIN RSA PRIVATE KEY'.repeat(600),
      'secretAccessKey: '.repeat(900),
    ];
    const rows = Array.from({ length: 1_000 }, (_, at) => Object.assign({}, row, { userAgent: agents[at % agents.length] }));
    const { evidence } = redactedReport({ ...report, evidence: rows }, { shortenAddresses: true, people: [somebody] });
    expect(evidence.map(({ userAgent }) => userAgent === '[redacted]').indexOf(true)).toBe(-1);
    const token = 'jwt-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    const told = redactedReport({ ...report, impact: `token=${token}; ${token}` }, { shortenAddresses: false, people: [] }).impact;
    expect(told).toBe('token=[redacted]; [redacted]');
  });

  it('is a report: it is signed, and every form can be made of it', () => {
    const redacted = redactedReport(report, { shortenAddresses: true, people: [somebody] });
    expect(verified(renderJson(redacted, signedOf(redacted)))).toEqual([true]);
    expect(markdownOf(redacted)).not.toMatch(/Ada|203\.0\.113\.7/);
  });
});

describe('A report on paper', () => {
  const pdfOf = (report: IncidentReport) => reportFile(report, { format: 'pdf', kind, signed: signedOf(report), template: null });
  const pages = (bytes: Buffer): number => bytes.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;

  it('has the same bytes for the same facts, whatever was made before it', async () => {
    const report = withRows('/v1/פנים/مرحبا', '/v1/中文/\u202e', `/v1/${'x'.repeat(3_000)}`);
    const first = await pdfOf(report);
    await pdfOf(sampleReport);
    const again = await pdfOf(report);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([first.name, first.type]).toEqual(['incident-12-production-api-used-from-203-0-113-7.pdf', 'application/pdf']);
    expect(first.bytes.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('goes on over pages, and lets others have their turn meanwhile', async () => {
    const report = withRows(...Array.from({ length: 60 }, (_, index) => `/v1/invoices/inv_${index}`));
    let turns = 0;
    const clock = setInterval(() => turns++, 0);
    const { bytes } = await pdfOf(report);
    clearInterval(clock);
    expect(pages(bytes)).toBeGreaterThan(6);
    expect(turns).toBeGreaterThan(3);
  });
});
