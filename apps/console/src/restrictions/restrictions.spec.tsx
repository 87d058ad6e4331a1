import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aKey, anOpenPlace, aPreview, aPreviewCaller } from '../testing/builders';
import { memoryDataProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { networksObjection, ruleOf } from './place-form';

const row = (value: object) => [{ id: 'one', ...value }];

async function openEditor(at: string, records: Records) {
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider(records);
  render(<StoryApp at={at} provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Change…' }));
  const form = await screen.findByRole('form', { name: 'Restriction' });
  await within(form).findByLabelText('Only from these countries');
  return { user, provider, form };
}

describe('the restrictions of the organization', () => {
  it('are saved only after the log was asked, and only when a lock-out is meant', async () => {
    const refused = aPreviewCaller();
    const preview = row(aPreview({ refused: 1_204, callers: 1, topCallers: [refused], lockedOut: [refused], wouldLockOut: true }));
    const { user, provider, form } = await openEditor('/restrictions', { preview });
    const networks = within(form).getByLabelText('Networks');
    await user.type(networks, '10.0.0.0/40');
    expect(within(form).getByText(/Line 1: 10.0.0.0\/40 is no address/)).toBeInTheDocument();
    expect(within(form).getByRole('button', { name: 'Check against the log' })).toBeDisabled();
    await user.clear(networks);
    await user.type(networks, '10.1.2.3/8{Enter}2001:db8::1');
    await user.click(within(form).getByRole('button', { name: 'Check against the log' }));
    expect(await within(form).findByText('Would have refused 1,204 requests from 1 caller')).toBeInTheDocument();
    expect(within(form).getByRole('table', { name: 'Callers that would have been refused' })).toHaveTextContent(
      /198\.51\.100\.7.*checkout.*1,204/,
    );
    expect(within(form).getByText('IP Geolocation by DB-IP')).toHaveAttribute('href', 'https://db-ip.com');
    const save = within(form).getByRole('button', { name: 'Save restriction' });
    expect(save).toBeDisabled();
    await user.click(within(form).getByRole('checkbox', { name: 'Lock them out, it is meant' }));
    await user.click(save);
    await waitFor(() => expect(screen.queryByRole('form', { name: 'Restriction' })).toBeNull());
    const rule = { allowedCidrs: ['10.0.0.0/8', '2001:db8::1/128'], allowedCountries: null, deniedCountries: null, unknownCountry: null };
    expect(provider.asked).toContain(`preview ${JSON.stringify({ apiKeyId: null, rule })}`);
    expect(provider.asked).toContain(`restrict ${JSON.stringify({ ...rule, confirm: true })}`);
    expect(await screen.findByText('10.0.0.0/8')).toBeInTheDocument();
  });

  it('ask what becomes of an unknown country, and forget what was checked when the rule changes', async () => {
    const { user, provider, form } = await openEditor('/restrictions', {});
    await user.type(within(form).getByLabelText('Never from these countries'), 'north kor{Enter}');
    expect(within(form).getByRole('button', { name: 'Check against the log' })).toBeDisabled();
    await user.click(within(form).getByRole('radio', { name: 'Let them in' }));
    await user.click(within(form).getByRole('button', { name: 'Check against the log' }));
    expect(await within(form).findByText('Would have refused nothing')).toBeInTheDocument();
    expect(within(form).getByText(/^In the last 30 days 48,213 requests were let in/)).toBeInTheDocument();
    await user.click(within(form).getByRole('radio', { name: 'Refuse them' }));
    expect(within(form).queryByText('Would have refused nothing')).toBeNull();
    await user.click(within(form).getByRole('button', { name: 'Check against the log' }));
    await user.click(await within(form).findByRole('button', { name: 'Save restriction' }));
    await waitFor(() =>
      expect(provider.asked).toContain(
        `restrict ${JSON.stringify({ allowedCidrs: null, allowedCountries: null, deniedCountries: ['KP'], unknownCountry: 'refuse' })}`,
      ),
    );
  });

  it('lift a refused network by itself, and leave the rest as it is', async () => {
    const user = userEvent.setup({ delay: null });
    const restrictions = row({ ...anOpenPlace(), allowedCidrs: ['10.0.0.0/8'], deniedCidrs: ['203.0.113.7/32', '203.0.113.8/32'] });
    const provider = memoryDataProvider({ restrictions });
    render(<StoryApp at="/restrictions" provider={provider} />);
    const letIn = async (network: string): Promise<void> => {
      await user.click(await screen.findByRole('button', { name: `Let in again… ${network}` }));
      await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Let in again' }));
      await waitFor(() => expect(screen.queryByRole('button', { name: `Let in again… ${network}`, hidden: true })).toBeNull());
    };
    await letIn('203.0.113.7/32');
    const rule = { allowedCidrs: ['10.0.0.0/8'], allowedCountries: null, deniedCountries: null, unknownCountry: null };
    expect(provider.asked).toContain(`restrict ${JSON.stringify({ ...rule, deniedCidrs: ['203.0.113.8/32'] })}`);
    await letIn('203.0.113.8/32');
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Blocked networks' })).toBeNull());
  });

  it('are read by members, and not by guests', async () => {
    const restrictions = row({ ...anOpenPlace(), allowedCountries: ['DE'], unknownCountry: 'refuse' });
    const { unmount } = render(<StoryApp at="/restrictions" role="member" records={{ restrictions }} />);
    expect(await screen.findByText('Only Germany (DE)')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Change…' })).toBeNull();
    unmount();
    render(<StoryApp at="/restrictions" role="guest" records={{ restrictions }} />);
    expect(await screen.findByText(/Your role does not allow this|Nothing here for guests|guest/i)).toBeInTheDocument();
    expect(screen.queryByText('Only Germany (DE)')).toBeNull();
  });

  it('under a plan without countries stay in force, and can only be taken away', async () => {
    const user = userEvent.setup({ delay: null });
    const restrictions = row({ ...anOpenPlace(), deniedCountries: ['US'], unknownCountry: 'allow' });
    const provider = memoryDataProvider({ restrictions, plan: row({ geographicRestrictions: false, retentionDays: 7 }) });
    render(<StoryApp at="/restrictions" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Change…' }));
    expect(await screen.findByText(/They stay in force until you take them away/)).toBeInTheDocument();
    expect(screen.getByLabelText('Never from these countries')).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'Take the countries away' }));
    expect(screen.queryByLabelText('Never from these countries')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Check against the log' }));
    await user.click(await screen.findByRole('button', { name: 'Save restriction' }));
    await waitFor(() => expect(provider.asked.some((one) => one.startsWith('restrict {"allowedCidrs":null'))).toBe(true));
  });
});

describe('where a key works', () => {
  it('stands on its page, with what the organization allows beside it, and is changed there', async () => {
    const key = aKey(1, { allowedCidrs: ['10.0.0.0/8'] });
    const restrictions = row({ ...anOpenPlace(), allowedCidrs: ['192.0.2.0/24'] });
    const { user, provider, form } = await openEditor(`/api-keys/${key.id}/show`, { 'api-keys': [key], restrictions });
    expect(screen.getByText(/a call must be let in by both/)).toBeInTheDocument();
    expect(screen.getByText('192.0.2.0/24')).toBeInTheDocument();
    await user.clear(within(form).getByLabelText('Networks'));
    await user.click(within(form).getByRole('button', { name: 'Check against the log' }));
    await user.click(await within(form).findByRole('button', { name: 'Save restriction' }));
    await waitFor(() => expect(provider.asked.find((one) => one.startsWith(`update api-keys ${key.id}`))).toContain('"allowedCidrs":null'));
  });

  it('is past changing once the key is over', async () => {
    const key = aKey(1, { state: 'revoked' });
    render(<StoryApp at={`/api-keys/${key.id}/show`} records={{ 'api-keys': [key] }} />);
    expect(await screen.findByRole('heading', { name: 'Where it works' })).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Change…' })).toBeNull();
  });
});

it('reads networks line by line, and writes them as the API does', () => {
  expect(networksObjection('10.0.0.0/8\n\n  2001:db8::/32, 192.0.2.1')).toBeNull();
  expect(networksObjection('10.0.0.0/8\nexample.com')).toMatch(/^Line 2: example.com/);
  expect(networksObjection(Array.from({ length: 101 }, (_, n) => `10.0.0.${n}`).join('\n'))).toMatch(/At most 100/);
  const form = {
    networks: '10.1.2.3/8 10.0.0.0/8\n::ffff:192.0.2.1',
    allowedCountries: [],
    deniedCountries: [],
    unknownCountry: 'refuse' as const,
  };
  expect(ruleOf(form)).toEqual({
    allowedCidrs: ['10.0.0.0/8', '192.0.2.1/32'],
    allowedCountries: null,
    deniedCountries: null,
    unknownCountry: null,
  });
});
