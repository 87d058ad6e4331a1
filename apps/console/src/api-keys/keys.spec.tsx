import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aKey, aRecord } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const secret = 'pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17';

describe('creating a key', () => {
  it('shows the secret once, in a panel that closes only when it is stored', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider({ 'api-keys.created': [{ ...aKey(9), secret }] });
    let url = '';
    render(<StoryApp at="/api-keys/create" provider={provider} onLocation={(now) => (url = now)} />);
    await user.type(await screen.findByLabelText('Name', { exact: false }), 'Billing worker');
    await user.click(screen.getByRole('checkbox', { name: 'invoices:write' }));
    await user.click(screen.getByRole('button', { name: 'Create key' }));

    const dialog = await screen.findByRole('dialog', { name: 'Billing worker is ready' });
    expect(within(dialog).getByLabelText('secret')).toHaveTextContent(secret);
    expect(within(dialog).getByLabelText('curl command')).toHaveTextContent(
      `curl -i 'http://localhost/v1/invoices' \\ -H "Authorization: Bearer ${secret}"`,
    );
    fireEvent.keyDown(dialog, { key: 'Escape' });
    expect(screen.getByRole('dialog')).toBeInTheDocument();
    const close = within(dialog).getByRole('button', { name: 'Close' });
    expect(close).toBeDisabled();
    await user.click(within(dialog).getByRole('checkbox', { name: 'I have stored it' }));
    await user.click(close);

    await waitFor(() => expect(url).toBe(`/api-keys/${aKey(9).id}/show`));
    await waitFor(() => expect(screen.queryByText(secret, { exact: false })).toBeNull());
    const asked = JSON.parse(provider.asked.find((line) => line.startsWith('create api-keys'))!.slice('create api-keys '.length));
    expect(asked).toMatchObject({
      name: 'Billing worker',
      scopes: ['invoices:read', 'invoices:write', 'customers:read'],
      environment: 'production',
    });
    expect(new Date(asked.expiresAt).getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000);
  });

  it('asks for a scope, and what becomes of unknown countries before it limits the key to some', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider({ 'api-keys.created': [{ ...aKey(9), secret }] });
    render(<StoryApp at="/api-keys/create" provider={provider} />);
    await user.type(await screen.findByLabelText('Name', { exact: false }), 'Billing worker');
    for (const scope of ['invoices:read', 'customers:read']) await user.click(screen.getByRole('checkbox', { name: scope }));
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    expect(await screen.findByText('Choose at least one scope')).toBeInTheDocument();
    await user.click(screen.getByRole('checkbox', { name: 'invoices:read' }));
    await user.type(await screen.findByLabelText('Only from these countries'), 'Germany{Enter}');
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    expect(await screen.findByText('Choose what becomes of addresses without a known country')).toBeInTheDocument();
    expect(provider.asked.some((line) => line.startsWith('create api-keys'))).toBe(false);
    await user.click(screen.getByRole('radio', { name: 'Refuse them' }));
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: /is ready/ });
    expect(provider.asked.find((line) => line.startsWith('create api-keys'))).toContain(
      '"allowedCountries":["DE"],"deniedCountries":null,"unknownCountry":"refuse"',
    );
  });

  it('is not for members', async () => {
    const provider = memoryDataProvider({});
    render(<StoryApp at="/api-keys/create" role="member" provider={provider} />);
    expect(await screen.findByText('Your role does not allow this')).toBeInTheDocument();
  });
});

describe('replacing a key', () => {
  it('starts on the page of a revoked key, with what it was allowed, and asks for another name', async () => {
    const user = userEvent.setup({ delay: null });
    const old = aKey(1, {
      name: 'Production API',
      state: 'revoked',
      scopes: ['audit:read'],
      allowedCidrs: ['10.0.0.0/8'],
      environment: 'test',
    });
    const provider = memoryDataProvider({ 'api-keys': [old], 'api-keys.created': [{ ...aKey(9), secret }] });
    render(<StoryApp at={`/api-keys/${old.id}/show`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Create replacement' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Replace Production API' })).toBeInTheDocument();
    expect(screen.getByRole('checkbox', { name: 'audit:read' })).toBeChecked();
    expect(screen.getByRole('checkbox', { name: 'invoices:read' })).not.toBeChecked();
    const name = screen.getByLabelText('Name', { exact: false });
    await user.type(name, ' production api');
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    expect(await screen.findByText('Choose another name than Production API')).toBeInTheDocument();
    await user.clear(name);
    await user.type(name, 'Production API 2');
    await user.type(screen.getByLabelText(/Allowed networks/), '{Enter}203.0.113.7');
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await screen.findByRole('dialog', { name: /is ready/ });
    const asked = JSON.parse(provider.asked.find((line) => line.startsWith('create api-keys'))!.slice('create api-keys '.length));
    expect(asked).toMatchObject({
      name: 'Production API 2',
      scopes: ['audit:read'],
      service: 'checkout',
      environment: 'test',
      allowedCidrs: ['10.0.0.0/8', '203.0.113.7'],
      replaces: old.id,
    });
  });

  it('is not offered to members', async () => {
    const old = aKey(1, { state: 'revoked' });
    render(<StoryApp at={`/api-keys/${old.id}/show`} role="member" records={{ 'api-keys': [old] }} />);
    await screen.findByRole('heading', { level: 1, name: 'Key 1' });
    expect(screen.queryByRole('button', { name: 'Create replacement' })).toBeNull();
  });
});

describe('the list of keys', () => {
  it('shows name and mask, and revokes from the list', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider({ 'api-keys': [aKey(1, { name: 'Production API' }), aKey(2, { name: 'Old', state: 'revoked' })] });
    render(<StoryApp at="/api-keys" provider={provider} />);
    expect(await screen.findByText('Production API')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Actions for Old' }));
    expect(await screen.findByRole('menuitem', { name: 'Open' })).toBeInTheDocument();
    expect(screen.queryByRole('menuitem', { name: 'Revoke…' })).toBeNull();
    await user.keyboard('{Escape}');
    await user.click(await screen.findByRole('button', { name: 'Actions for Production API' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Revoke…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Revoke Production API?' });
    await user.type(within(dialog).getByLabelText('Reason', { exact: false }), 'not needed');
    await user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
    expect(await within(dialog).findByText('Revoked and in force')).toBeInTheDocument();
    expect(provider.asked).toContain(`revoke ${aKey(1).id} not needed`);
  });

  it('says what to do when there is none', async () => {
    render(<StoryApp at="/api-keys" role="member" records={{}} />);
    expect(await screen.findByText(/Ask an admin to create one/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Create key' })).toBeNull();
  });
});

describe('the page of a key', () => {
  it('changes what it may do and until when, and says what will be refused', async () => {
    const user = userEvent.setup({ delay: null });
    const key = aKey(1, { name: 'Production API', scopes: ['invoices:read', 'audit:read'], expiresAt: '2099-01-01T00:00:00.000Z' });
    const provider = memoryDataProvider({ 'api-keys': [key] });
    render(<StoryApp at={`/api-keys/${key.id}/show`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Change key…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Change Production API' });
    const save = within(dialog).getByRole('button', { name: 'Save changes' });
    expect(save).toBeDisabled();
    await user.click(within(dialog).getByRole('checkbox', { name: 'audit:read' }));
    expect(within(dialog).getByText(/what needs audit:read is refused with 403/)).toBeInTheDocument();
    await user.click(within(dialog).getByRole('combobox', { name: 'Expires' }));
    await user.click(await screen.findByRole('option', { name: 'Never' }));
    await user.click(save);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(provider.asked).toContain(`update api-keys ${key.id} {"scopes":["invoices:read"],"expiresAt":null}`);
  });

  it('revokes it, and then offers no revoke any more', async () => {
    const user = userEvent.setup({ delay: null });
    const key = aKey(1, { name: 'Production API' });
    render(<StoryApp at={`/api-keys/${key.id}/show`} records={{ 'api-keys': [key], 'audit-logs': [aRecord(1)] }} />);
    await user.click(await screen.findByRole('button', { name: 'Revoke key…' }));
    await user.click(await screen.findByRole('button', { name: 'No longer used' }));
    await user.click(screen.getByRole('button', { name: 'Revoke key' }));
    await user.click(await screen.findByRole('button', { name: 'Done' }));
    expect(await screen.findByText(/No longer used\. Every call with it is refused/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Revoke key…' })).toBeNull();
  });

  it('tells which process has not confirmed the revocation, and asks again until it is certain', async () => {
    const user = userEvent.setup({ delay: null });
    const key = aKey(1, { name: 'Production API' });
    const [at, one] = ['2025-12-02T10:31:00.120Z', 'api-1:4711'];
    const answer = { id: 1, revokedAt: at, lastAcceptedAt: null };
    const confirmed = { id: one, confirmedAt: at, settledBy: 'confirmation' };
    const revocations = [
      { ...answer, effectiveAt: null, asOf: null, processes: [confirmed, { id: 'api-2:9', confirmedAt: null, settledBy: null }] },
      { ...answer, effectiveAt: at, asOf: at, processes: [confirmed, { id: 'api-2:9', confirmedAt: null, settledBy: 'expiry' }] },
    ];
    const provider = memoryDataProvider({ 'api-keys': [key], revocations });
    render(<StoryApp at={`/api-keys/${key.id}/show`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Revoke key…' }));
    await user.click(await screen.findByRole('button', { name: 'No longer used' }));
    await user.click(screen.getByRole('button', { name: 'Revoke key' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/waiting for every process/)).toBeInTheDocument();
    expect(within(dialog).getByText(/1 of 2 processes/)).toBeInTheDocument();
    expect(within(dialog).getByText(/a process has records that are not stored yet/)).toBeInTheDocument();
    expect(within(dialog).getByText(/has not confirmed yet/)).toHaveTextContent('api-2:9');
    expect(await within(dialog).findByText('Revoked and in force', undefined, { timeout: 8_000 })).toBeInTheDocument();
    expect(within(dialog).queryByText('Log known until')).toBeNull();
    expect(within(dialog).getByText(/said nothing/)).toHaveTextContent('api-2:9');
  }, 15_000);

  it('shows the problem when there is no such key', async () => {
    render(<StoryApp at="/api-keys/key_nope/show" />);
    expect(await screen.findByRole('alert')).toHaveTextContent('No such resource');
  });
});
