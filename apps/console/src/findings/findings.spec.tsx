import { factText } from '@pinebill/contract';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError, type RaRecord } from 'react-admin';
import type { FindingDetail, LogRecord } from '../api-types';
import { aKey, aRecord, typeId } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { belongsTo } from './belongs';
import { asShown } from './DetectorPage';
import { proposalIn, withProposal } from '../restrictions/proposal';
import { restrictLink, rowsOf } from './finding-words';

const key = aKey(1);
const aFinding = (number: number, over: Partial<FindingDetail> = {}): RaRecord & FindingDetail => ({
  id: typeId('fnd', number),
  ...{ detector: 'newAddress', title: 'Unusual IP address', subject: { kind: 'key', id: key.id, name: key.name }, severity: 'high', state: 'open' },
  ...{ count: 12, openedAt: '2025-12-02T10:30:20.000Z', from: '2025-12-02T10:30:00.000Z', to: '2025-12-02T10:31:00.000Z' },
  ...{ lastSeenAt: '2025-12-02T10:31:00.000Z', filter: { ip: '203.0.113.0/24' }, sampleIds: [typeId('log', 1)], incidentId: null, decision: null },
  ...{ meaning: 'A key was used from elsewhere.', seen: { network: '203.0.113.0/24' }, threshold: { networksNotSeenBefore: 1 } },
  ...{ normal: { networksOfTheKey: ['10.0.0.0/24', '10.0.1.0/24'], learntDays: 14 }, causes: ['A program moved.'], advice: ['Ask who runs it.'] },
  ...{ document: 'docs/detectors/new-address.md', samples: [aRecord(1)] },
  ...over,
}); // prettier-ignore

describe('Findings', () => {
  it('lists what is open, and leads to its explanation: what was seen, what is normal, what to do', async () => {
    const user = userEvent.setup({ delay: null });
    let at = '';
    const provider = memoryDataProvider({ findings: [aFinding(1)], 'api-keys': [key] });
    render(<StoryApp at="/findings" provider={provider} onLocation={(url) => (at = url)} />);
    await user.click(await screen.findByRole('link', { name: 'Unusual IP address' }));
    expect(provider.asked).toContain('list findings {"state":"open"} DESC');
    expect(at).toBe(`/findings/${typeId('fnd', 1)}`);
    expect(await screen.findByText('A key was used from elsewhere.')).toBeInTheDocument();
    expect(screen.getByText('10.0.0.0/24, 10.0.1.0/24')).toBeInTheDocument();
    expect(screen.getByText('Ask who runs it.')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Show rows' })).toHaveAttribute('href', expect.stringContaining('ip=203.0.113.0'));
    const restrict = screen.getByRole('link', { name: /^Restrict networks/ });
    expect(restrict).toHaveAttribute('href', expect.stringContaining(`/api-keys/${key.id}/show?restrict=&networks=10.0.0.0`));
  });

  it('asks why it is normal, and opens an incident', async () => {
    const user = userEvent.setup({ delay: null });
    const id = typeId('fnd', 1);
    const provider = memoryDataProvider({ findings: [aFinding(1)], 'findings.after': [{ id }, { id, incidentId: 'inc_1' }] });
    render(<StoryApp at={`/findings/${id}`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'This is normal…' }));
    const dialog = screen.getByRole('dialog', { name: 'This is normal' });
    expect(within(dialog).getByRole('button', { name: 'It is normal' })).toBeDisabled();
    await user.type(within(dialog).getByLabelText('Why is it normal?'), 'Moved');
    await user.click(within(dialog).getByRole('button', { name: 'It is normal' }));
    await waitFor(() => expect(provider.asked).toContain(`POST /findings/${id}/normal {"because":"Moved"}`));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Open incident' }));
    await waitFor(() => expect(provider.asked).toContain(`POST /findings/${id}/incident`));
  });

  it('says who has called it normal; a member decides nothing', async () => {
    const decision = { by: 'Ada Admin', at: '2025-12-02T11:00:00.000Z', because: 'Our office' };
    render(
      <StoryApp at={`/findings/${typeId('fnd', 1)}`} role="member" records={{ findings: [aFinding(1, { state: 'normal', decision })] }} />,
    );
    expect(await screen.findByText('Ada Admin has said that this is normal')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Take it back|This is normal|Open incident/ })).toBeNull();
  });

  it('says when there is nothing, and when it cannot be said', async () => {
    const { unmount } = render(<StoryApp at="/findings" />);
    expect(await screen.findByText('Nothing unusual')).toBeInTheDocument();
    unmount();
    const provider = memoryDataProvider({});
    const problem = { title: 'The database cannot be reached', status: 503, requestId: 'req_7' };
    Object.assign(provider, { getList: () => Promise.reject(new HttpError(problem.title, 503, problem)) });
    render(<StoryApp at="/findings" provider={provider} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('The database cannot be reached');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });

  it('that is not there leads to those that are', async () => {
    render(<StoryApp at={`/findings/${typeId('fnd', 99)}`} />);
    expect(await screen.findByRole('link', { name: 'All findings' })).toHaveAttribute('href', '/findings');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });
});

it('marks the rows of open findings in the log, and says that there are bad ones', async () => {
  const rows = [aRecord(1, { ip: '198.51.100.1' }), aRecord(2, { ip: '198.51.100.1', startedAt: '2025-12-02T10:30:30.000Z' })];
  const others = [aRecord(3, { ip: '203.0.113.9', startedAt: '2025-12-02T10:30:30.000Z' })];
  render(<StoryApp at="/audit-logs" records={{ 'audit-logs': [...rows, ...others], findings: [aFinding(1)] }} />);
  expect(await screen.findByRole('link', { name: 'What it means and what to do' })).toBeInTheDocument();
  await waitFor(() => expect(document.querySelectorAll('tr[data-found]').length).toBe(2));
  expect([...document.querySelectorAll('tr[data-found]')].map((row) => row.getAttribute('data-row'))).toEqual([rows[0]!.id, others[0]!.id]);
});

it('tells by its filter and its time which requests belong to a finding', () => {
  const at = (over: Partial<LogRecord>): LogRecord =>
    aRecord(7, { startedAt: '2025-12-02T10:30:30.000Z', status: 401, ip: '203.0.113.7', ...over });
  const test = (filter: Record<string, string>, over: Partial<LogRecord> = {}) => belongsTo(aFinding(1, { filter }))(at(over));
  expect([test({ status: '4xx' }), test({ status: '404' }), test({ ip: '203.0.113.7' }), test({ ip: '203.0.113.8' })]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect([test({ route: '/v1/*' }, { route: '/v1/invoices' }), test({ reason: '!unknown_key' }, { reason: 'unknown_key' })]).toEqual([
    true,
    false,
  ]);
  expect(test({ status: '401' }, { startedAt: '2025-12-02T10:32:00.000Z' })).toBe(false);
});

it('puts facts into words, and what is normal into the editor of restrictions', () => {
  expect([factText('share', 0.256), factText('hourOfWeek', 27), factText('calls', 12_000), factText('x', null), factText('x', [])]).toEqual(['26 %', 'Tuesday 03:00 UTC', '12,000', 'not known', 'none']);
  const link = (over: Partial<FindingDetail>) => restrictLink(aFinding(1, over));
  const network = { kind: 'network', id: '203.0.113.0/24', name: '203.0.113.0/24' } as const;
  expect(link({ subject: network, seen: { keys: [key.id] } })).toContain(`/api-keys/${key.id}/show?restrict=&networks=10.0.0.0`);
  // What is normal for one of several keys is not normal for all.
  expect(link({ subject: network, seen: { keys: [key.id, 'key_2'] } })).toBe('/restrictions?restrict=');
  expect([link({ detector: 'silence' }), link({ detector: 'retiredKeyUse' }), link({ detector: 'serverErrorRate' })]).toEqual([null, null, null]);
  const rule = { allowedCidrs: ['10.9.0.0/16'], allowedCountries: null, deniedCountries: null, unknownCountry: null };
  expect(withProposal(rule, proposalIn('?restrict&networks=10.0.0.0/24'))).toMatchObject({ allowedCidrs: ['10.9.0.0/16', '10.0.0.0/24'], allowedCountries: null });
}); // prettier-ignore

it('of a key that is silent, no request is told of, and none is marked', async () => {
  const silent = aFinding(1, { detector: 'silence', title: 'A busy key has gone silent', count: 0, document: 'docs/detectors/silence.md' });
  expect(belongsTo(silent)(aRecord(1))).toBe(false);
  expect(rowsOf(silent)).toContain(encodeURIComponent('2025-12-01T10:30:00.000Z'));
  render(<StoryApp at={`/findings/${silent.id}`} records={{ findings: [silent] }} />);
  expect(await screen.findByText(/no request since/)).toBeInTheDocument();
  expect(screen.queryByText(/Restrict networks/)).toBeNull();
  expect(screen.getByRole('link', { name: 'How this is found' })).toHaveAttribute('href', expect.stringMatching(/detectors\/silence$/));
});

it('the page of a detector is shown as the documentation has it, with its links', async () => {
  render(<StoryApp at="/findings/detectors/new-address" />);
  expect(await screen.findByText('wanderDays')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'newCountry' })).toHaveAttribute(
    'href',
    expect.stringMatching(/#\/findings\/detectors\/new-country$/),
  );
  expect(asShown('# Title\n\n[a](../guides/x.md) [b](silence.md)')).toMatch(/^a \[b\]\(http.*#\/findings\/detectors\/silence\)$/);
});

it('says how far the log was looked at, that it stands still, and lets an admin ask for people as well', async () => {
  const user = userEvent.setup({ delay: null });
  const detection = { id: 'detection', since: '2025-11-01T00:00:00.000Z', until: '2025-12-02T10:30:00.000Z', waiting: 812, oldestWaitingAt: '2025-12-02T08:00:00.000Z', failures: 3, lastFailedAt: '2025-12-02T10:30:00.000Z', includesPeople: false }; // prettier-ignore
  const provider = memoryDataProvider({ detection: [detection] });
  const { unmount } = render(<StoryApp at="/findings" provider={provider} />);
  expect(await screen.findByText('The log cannot be looked at')).toBeInTheDocument();
  expect(screen.getByText(/812 requests are not looked at yet/)).toBeInTheDocument();
  await user.click(screen.getByRole('switch', { name: 'Look at console requests of people too' }));
  await waitFor(() => expect(provider.asked).toContain('PATCH /detection {"includesPeople":true}'));
  unmount();
  render(<StoryApp at="/findings" role="member" records={{ detection: [detection] }} />);
  expect(await screen.findByText('Console requests of people are left out.')).toBeInTheDocument();
  expect(screen.queryByRole('switch')).toBeNull();
});
