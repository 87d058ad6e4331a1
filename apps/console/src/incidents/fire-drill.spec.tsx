import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Role } from '@pinebill/contract';
import type { DrillReport } from '../api-types';
import { typeId } from '../testing/builders';
import { anIncident } from '../testing/incident-builders';
import { memoryDataProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

function story(at: string, records: Records, role: Role = 'admin') {
  const provider = memoryDataProvider(records);
  let url = '';
  render(<StoryApp at={at} role={role} provider={provider} onLocation={(now) => (url = now)} />);
  return { provider, url: () => url, user: userEvent.setup({ delay: null }) };
}

const drill = anIncident(13, { drill: true, title: 'Fire drill used from 127.66.66.66' });
const step = (over: Partial<DrillReport['steps'][number]>): DrillReport['steps'][number] => ({
  ...{ step: 'contained', status: 'done', at: '2025-12-02T10:31:00.000Z', tookSeconds: 74, sinceOpenedSeconds: 74 },
  ...{ targetSeconds: 300, withinTarget: true },
  ...over,
});
const open = { status: 'open', at: null, tookSeconds: null, sinceOpenedSeconds: null } as const;
const report: DrillReport = {
  incidentId: drill.id,
  ...{ apiKey: null, openedAt: drill.openedAt, closedAt: null, withinTargets: false },
  steps: [
    step({ step: 'identified', targetSeconds: 0, tookSeconds: 0, sinceOpenedSeconds: 0 }),
    step({}),
    step({ step: 'replaced', tookSeconds: 926, sinceOpenedSeconds: 1_000, targetSeconds: 900, withinTarget: false }),
    step({ step: 'servicesUpdated', status: 'notNeeded', at: null, tookSeconds: null, sinceOpenedSeconds: null, withinTarget: null }),
    step({ step: 'scoped', ...open, withinTarget: null, targetSeconds: 2_700 }),
  ],
};

it('a fire drill is begun from the list by an admin, who is told what it does, and goes on at the contain screen', async () => {
  const { provider, url, user } = story('/incidents', { incidents: [drill] });
  await user.click(await screen.findByRole('button', { name: 'Run a fire drill…' }));
  const dialog = screen.getByRole('dialog', { name: 'Run a fire drill' });
  expect(dialog).toHaveTextContent('Nothing of the drill can stop a real key.');
  await user.click(within(dialog).getByRole('button', { name: 'Run the drill' }));
  await waitFor(() => expect(url()).toBe(`/incidents/${typeId('inc', 13)}/contain`));
  expect(provider.asked).toContain('POST /incidents/drill');
});

it('offers no drill to a member', async () => {
  story('/incidents', { incidents: [drill] }, 'member');
  await screen.findByRole('table', { name: 'Incidents' });
  expect(screen.queryByRole('button', { name: 'Run a fire drill…' })).toBeNull();
});

it('offers on the contain screen of a drill its own key, and nothing real', async () => {
  story(`/incidents/${drill.id}/contain`, { incidents: [drill] });
  const group = await screen.findByRole('group', { name: 'What to stop' });
  expect(within(group).getAllByRole('checkbox').map((box) => box.getAttribute('aria-label'))).toEqual(['Production API']); // prettier-ignore
  expect(screen.queryByText(/^More: other keys/)).toBeNull();
});

it('says on the page of a drill how long each step took against its target, and on no other', async () => {
  story(`/incidents/${drill.id}/document`, { incidents: [drill], drill: [report] as never });
  const table = await screen.findByRole('table', { name: 'How long it took' });
  const rows = within(table).getAllByRole('row').slice(1);
  expect(rows.map((row) => within(row).getAllByRole('cell').map(({ textContent }) => textContent))).toEqual([
    ['Contained', '1 min 14 s', '1 min 14 s', '5 min', 'In time'],
    ['Replaced', '15 min 26 s', '16 min 40 s', '15 min', 'Late'],
    ['Services updated', '–', '–', '5 min', 'Not needed'],
    ['Extent known', '–', '–', '45 min', 'To do'],
  ]); // prettier-ignore
});
