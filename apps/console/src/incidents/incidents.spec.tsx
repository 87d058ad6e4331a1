import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Role } from '@pinebill/contract';
import type { Incident } from '../api-types';
import { aKey, aRecord, typeId } from '../testing/builders';
import { anAddressSubject, anIncident, aSubject, stepsUpTo } from '../testing/incident-builders';
import { memoryDataProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { courseOf, meaningOf } from './extent-words';
import { span } from './incident-words';
import { mentionedIn, typedMention } from './mentions';
import { nextName } from './ReplaceStep';

const key = aKey(1, { name: 'Production API' });
const live = (over: object = {}) => ({
  effectiveAt: '2025-12-02T10:31:00.120Z',
  lastAcceptedAt: '2025-12-02T10:30:59.000Z',
  asOf: '2025-12-02T10:31:05.000Z',
  processes: [{ id: 'api-1:4711', confirmedAt: '2025-12-02T10:31:00.120Z', settledBy: 'confirmation' as const }],
  refusedSince: {
    ...{ requests: 40, isExact: true, countedFrom: '2025-12-02T10:31:00.000Z' },
    filter: { apiKeyId: key.id, reason: 'revoked_key', from: '2025-12-02T10:31:00.000Z' },
  },
  ...over,
});
const ada = { id: typeId('usr', 1), name: 'Ada Admin' };
const revoked = aSubject({
  contained: { at: '2025-12-02T10:31:00.000Z', by: ada, how: 'revoke' },
  key: { ...aSubject().key!, state: 'revoked', live: live() },
});

function story(at: string, records: Records = {}, role: Role = 'admin') {
  const provider = memoryDataProvider({ 'api-keys': [{ ...key }], ...records });
  let url = '';
  const view = render(<StoryApp at={at} role={role} provider={provider} onLocation={(now) => (url = now)} />);
  return { provider, url: () => url, user: userEvent.setup({ delay: null }), ...view };
}
/** At once: typing letter by letter takes seconds. */
const fill = (input: HTMLElement, value: string): void => void fireEvent.change(input, { target: { value } });
const page = (incident: Incident, step: string, records: Records = {}, role: Role = 'admin') =>
  story(`/incidents/${incident.id}/${step}`, { incidents: [incident], ...records }, role);

describe('incidents', () => {
  it('are listed with how bad and how far, filtered in the address, and opened from nothing', async () => {
    const drill = anIncident(13, { drill: true, severity: 'low', title: 'Rehearsal', assignee: ada });
    const { provider, url, user } = story('/incidents', { incidents: [anIncident(), drill] });
    const table = await screen.findByRole('table', { name: 'Incidents' });
    const row = await within(table).findByRole('row', { name: /Rehearsal/ });
    expect(
      within(row)
        .getAllByRole('cell')
        .slice(0, 5)
        .map(({ textContent }) => textContent),
    ).toEqual([...['#13 Rehearsal Drill', 'Low', 'Identified', 'Production API and 1 more', 'Ada Admin']]);
    await user.click(screen.getByRole('button', { name: 'Closed' }));
    expect(url()).toBe('/incidents?state=closed');
    expect(provider.asked).toContain('list incidents {"state":"closed"} DESC');
    await user.click(screen.getByRole('button', { name: 'Open incident' }));
    const dialog = screen.getByRole('dialog', { name: 'Open incident' });
    fill(within(dialog).getByLabelText('Addresses or networks (optional)'), '203.0.113.7, 10.0.0.0/8');
    fill(within(dialog).getByLabelText('What did you see? (optional)'), 'Odd hours');
    await user.click(within(dialog).getByRole('button', { name: 'Open incident' }));
    await waitFor(() => expect(url()).toBe(`/incidents/${typeId('inc', 12)}/contain`));
    expect(provider.asked).toContain('POST /incidents {"severity":"high","note":"Odd hours","addresses":["203.0.113.7","10.0.0.0/8"]}');
  });

  it('of which there is none say the next step', async () => {
    story('/incidents');
    expect(await screen.findByRole('heading', { name: 'No open incident' })).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Look through API Logs' })).toBeInTheDocument();
  });

  it('lead from the line on every page to the contain screen, or for a member to the incident', async () => {
    const { unmount } = story('/plan', { incidents: [anIncident()] });
    expect(await screen.findByRole('link', { name: 'Contain it' })).toHaveAttribute('href', `/incidents/${typeId('inc', 12)}/contain`);
    unmount();
    story('/plan', { incidents: [anIncident()] }, 'member');
    expect(await screen.findByRole('link', { name: 'Open incident' })).toHaveAttribute('href', `/incidents/${typeId('inc', 12)}`);
  });
});

it('contains what is named with one button, and shows what holds where', async () => {
  const done = {
    subjects: [revoked, anAddressSubject()],
    steps: stepsUpTo('contained'),
    state: 'contained',
    containedAt: '2025-12-02T10:31:00.000Z',
  };
  const { provider, user } = page(anIncident(), 'contain', { 'incidents.after': [done] as never });
  await user.click(await screen.findByRole('button', { name: 'Revoke Production API now' }));
  expect(await screen.findByText('Stopped', { selector: 'h3' })).toBeInTheDocument();
  expect(provider.asked).toContain(`POST /incidents/${typeId('inc', 12)}/contain {"action":"revoke","apiKeyIds":["${key.id}"]}`);
  const rows = screen.getAllByRole('link', { name: /^40/ });
  expect(rows[0]).toHaveAttribute('href', expect.stringMatching(/reason=revoked_key.*from=2025-12-02T10%3A31/));
  expect(screen.getByText('api-1:4711')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Go on: replace' })).toBeInTheDocument();
  expect(within(screen.getByRole('navigation', { name: 'Steps' })).getByText('after 1 min 14 s')).toBeInTheDocument();
});

it('leads to where a leak was found only when that is a page', async () => {
  const from = (url: string) => page(anIncident(12, { openedFrom: { kind: 'leak', references: [], url } }), 'identify');
  const { unmount } = from('javascript:alert(1)');
  expect(await screen.findByText(/javascript:alert\(1\)/)).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: /javascript/ })).toBeNull();
  unmount();
  from('https://github.com/acme/shop');
  expect(await screen.findByRole('link', { name: 'https://github.com/acme/shop' })).toHaveAttribute('rel', 'noreferrer noopener');
});

it('that is not there leads to those that are', async () => {
  story(`/incidents/${typeId('inc', 99)}`);
  expect(await screen.findByRole('link', { name: 'All incidents' })).toHaveAttribute('href', '/incidents');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

it('stops everything only when the name of the organization is typed', async () => {
  const { provider, user } = page(anIncident(12, { subjects: [] }), 'contain');
  await user.click(await screen.findByRole('checkbox', { name: 'Every key of ACME GmbH' }));
  await user.click(screen.getByRole('radio', { name: /^Quarantine/ }));
  const button = screen.getByRole('button', { name: 'Quarantine every key now' });
  fill(screen.getByLabelText('Type ACME GmbH to confirm', { exact: false }), 'ACME');
  expect(button).toBeDisabled();
  fill(screen.getByLabelText('Type ACME GmbH to confirm', { exact: false }), 'ACME GmbH');
  await user.click(button);
  await waitFor(() =>
    expect(provider.asked).toContain(
      `POST /incidents/${typeId('inc', 12)}/contain {"action":"quarantine","everything":true,"confirm":"ACME GmbH"}`,
    ),
  );
});

it('replaces a key under another name and shows the secret once', async () => {
  const { provider, user } = page(anIncident(12, { steps: stepsUpTo('contained'), subjects: [revoked] }), 'replace');
  const name = await screen.findByLabelText('Name of the new key', { exact: false });
  expect(name).toHaveValue('Production API 2');
  fill(name, 'production api');
  expect(screen.getByRole('button', { name: 'Create the new key' })).toBeDisabled();
  fill(name, 'production api 2026');
  await user.click(screen.getByRole('button', { name: 'Create the new key' }));
  expect(await screen.findByRole('dialog', { name: 'production api 2026 is ready' })).toBeInTheDocument();
  expect(provider.asked).toContain(`POST /incidents/${typeId('inc', 12)}/replace {"apiKeyId":"${key.id}","name":"production api 2026"}`);
});

it('says what is missing before it can be closed, and closes with what was written', async () => {
  const { user, provider, unmount } = page(anIncident(12, { steps: stepsUpTo('scoped'), missing: [], rootCause: 'Committed' }), 'document');
  const close = await screen.findByRole('button', { name: 'Close incident' });
  expect(close).toBeDisabled();
  fill(screen.getByLabelText('Impact'), 'None');
  fill(screen.getByLabelText('Lessons'), 'Scan');
  await user.click(close);
  await waitFor(() =>
    expect(provider.asked).toContain(
      `POST /incidents/${typeId('inc', 12)}/close {"rootCause":"Committed","impact":"None","lessons":"Scan"}`,
    ),
  );
  expect(screen.getByRole('link', { name: 'Report as PDF' })).toHaveAttribute(
    'href',
    `/v1/incidents/${typeId('inc', 12)}/report?format=pdf`,
  );
  unmount();
  page(anIncident(), 'document');
  const missing = (await screen.findByText('Before it can be closed')).parentElement!;
  expect(within(missing).getByRole('link', { name: 'Replace' })).toHaveAttribute('href', `/incidents/${typeId('inc', 12)}/replace`);
});

it('gives a member notes, and no button of an admin', async () => {
  const incident = anIncident(12, { actions: ['note'], steps: stepsUpTo('identified') });
  const buttons = async (step: string): Promise<string[]> => {
    const { unmount } = page(incident, step, {}, 'member');
    await screen.findByRole('heading', { level: 2, name: /Identify|Contain|Replace|Update services|Extent|Document/ });
    const main = screen.getByRole('main');
    const names = within(main)
      .queryAllByRole('button')
      .map(({ textContent }) => textContent);
    unmount();
    return names;
  };
  expect(await buttons('contain')).toEqual([]);
  expect(await buttons('replace')).toEqual([]);
  expect(await buttons('services')).toEqual([]);
  expect(await buttons('identify')).toEqual(['Add note']);
});

it('is opened from rows that are selected with the keyboard, and from the panel of one', async () => {
  const records = { 'audit-logs': [aRecord(1), aRecord(2), aRecord(3)], incidents: [anIncident()] };
  const { user, provider, url } = story('/audit-logs', records);
  const table = await screen.findByRole('table', { name: 'API requests' });
  await within(table).findAllByRole('button', { name: /^Actions for/ });
  expect(within(table).queryByRole('checkbox')).toBeNull();
  await user.keyboard('jxjx');
  const bar = await screen.findByRole('region', { name: 'Selected requests' });
  expect(await within(bar).findByText('2 requests selected')).toBeInTheDocument();
  expect(within(table).getAllByRole('checkbox', { checked: true })).toHaveLength(2);
  await user.click(within(bar).getByRole('button', { name: 'Open incident' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Open incident' })).getByRole('button', { name: 'Open incident' }));
  await waitFor(() => expect(url()).toContain('/contain'));
  expect(provider.asked).toContain(`POST /incidents {"logIds":["${typeId('log', 1)}","${typeId('log', 2)}"],"severity":"high"}`);
});

it('says beside a key and a row what to do when a breach is suspected, and whom to call', async () => {
  const { unmount } = story(`/api-keys/${key.id}/show`, { incidents: [anIncident()] }, 'member');
  const panel = (await screen.findByRole('heading', { name: 'Suspected breach?' })).parentElement!;
  expect(await within(panel).findByText(/revoke the key immediately and contact support/)).toBeInTheDocument();
  expect(await within(panel).findByRole('link', { name: 'support@example.com' })).toHaveAttribute('href', expect.stringContaining(key.id));
  expect(await within(panel).findByRole('link', { name: 'Download its support packet' })).toHaveAttribute(
    'href',
    `/v1/incidents/${typeId('inc', 12)}/support-packet?format=pdf`,
  );
  expect(
    within(panel)
      .getAllByRole('button')
      .map(({ textContent }) => textContent),
  ).toEqual(['Open incident…', '']);
  unmount();
  story(`/audit-logs?open=${typeId('log', 1)}`, { 'audit-logs': [aRecord(1)] });
  const row = await screen.findByRole('region', { name: 'Suspected breach?' });
  expect(await within(row).findByRole('button', { name: 'Revoke now…' })).toBeInTheDocument();
  expect(within(row).getByText(aRecord(1).requestId)).toBeInTheDocument();
});

it('offers people who are named in a note, and tells them', async () => {
  const members = [{ id: typeId('mem', 2), userId: typeId('usr', 2), name: 'Mel Member', role: 'member', state: 'active' }];
  const { user, provider } = page(anIncident(), 'identify', { members });
  const note = await screen.findByLabelText('Add a note');
  fill(note, 'Look @me');
  await user.click(await screen.findByRole('button', { name: 'Mel Member' }));
  expect(note).toHaveValue('Look @Mel Member ');
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  expect(provider.asked).toContain(
    `POST /incidents/${typeId('inc', 12)}/notes {"text":"Look @Mel Member","mentions":["${typeId('usr', 2)}"]}`,
  );
});

describe('small words', () => {
  it.each([
    [0.4, '0 s'],
    [74, '1 min 14 s'],
    [120, '2 min'],
    [3_599, '59 min 59 s'],
    [7_380, '2 h 3 min'],
    [86_400 * 3 + 4 * 3_600 + 59, '3 d 4 h'],
  ])('%d seconds are %s', (seconds, text) => expect(span(seconds)).toBe(text));

  it('name a successor', () => {
    expect(['Production API', 'Production API 2', 'Key v19', 'X'.repeat(80)].map(nextName)).toEqual([
      ...['Production API 2', 'Production API 3', 'Key v19 2', `${'X'.repeat(77)} 2`],
    ]);
  });

  it('find who is mentioned', () => {
    const people = ['Ada', 'Ada Lovelace', 'Mel Member'].map((name, index) => ({ id: String(index), name }));
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    expect(names(mentionedIn('@Ada Lovelace, look; a@mel member.example not', people))).toEqual(['Ada Lovelace', 'Mel Member']);
    expect(names(mentionedIn('@adam and @Mel', people))).toEqual([]);
    expect(names(typedMention('please @ad', people))).toEqual(['Ada', 'Ada Lovelace']);
    expect(typedMention('mail@ad', people)).toEqual([]);
  });
});

describe('the course of an extent', () => {
  const partFilters = {
    accepted: 'status=2xx',
    refused: 'status=401,403,429',
    errors: 'status=5xx',
    unanswered: '',
    reads: '',
    writes: '',
  };
  const anHour = (from: string, over: object = {}) => ({
    ...{ from, filter: '', requests: 10, accepted: 6, refused: 2, errors: 1, unanswered: 1, reads: 0, writes: 0, bytesOut: 0 },
    ...over,
  });

  it('has every hour, of a long time every day, asks for no more than the extent, and loses no request', () => {
    const [from, to] = ['2025-12-01T03:20:00.000Z', '2025-12-02T00:00:00.000Z'];
    const hours = [anHour('2025-12-01T03:00:00.000Z'), anHour('2025-12-01T06:00:00.000Z')];
    const short = courseOf({ hours, from, to });
    expect(short.course.map(({ from: begin, requests }) => [begin.slice(11, 16), requests])).toEqual([
      ...[['03:20', 10], ['04:00', 0], ['05:00', 0], ['06:00', 10]], // prettier-ignore
    ]);
    expect(short.course[0]).toMatchObject({ succeeded: 7, clientErrors: 2, serverErrors: 1 });
    const long = courseOf({ hours: [...hours, anHour('2025-12-20T05:00:00.000Z')], from, to: '2025-12-20T06:00:00.000Z' });
    expect([long.interval, long.course.length, long.course[0]?.requests, long.course.at(-1)?.to]).toEqual([
      'day',
      20,
      20,
      '2025-12-20T06:00:00.000Z',
    ]);
    const extent = { partFilters, total: { filter: `apiKeyId=${key.id}&from=${from}&to=${to}` } } as never;
    expect(meaningOf(extent).linkOf(short.course[1]!, 'clientErrors')).toBe(
      `/audit-logs?apiKeyId=${key.id}&from=2025-12-01T04%3A00%3A00.000Z&to=2025-12-01T05%3A00%3A00.000Z&status=401,403,429&range=all`,
    );
  });
});
