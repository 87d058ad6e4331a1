import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { KeyState, Role } from '@pinebill/contract';
import { aCutOver, aKey, aRecord, aUsage } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const old = aKey(1, { name: 'Production API' });
const next = aKey(2, { name: 'Production API 2', replaces: old.id, createdAt: '2025-12-02T08:00:00.000Z' });
const aCaller = (over: object = {}) => ({
  ...{ network: '203.0.113.0/24', agent: 'acme-checkout', requests: 1_204, requestsNew: 0 },
  ...{ lastOld: '2025-12-02T10:00:00.000Z', lastNew: null, moved: false },
  ...over,
});

const actionsOf = async (state: KeyState, role: Role = 'admin', over: object = {}): Promise<string[]> => {
  const key = aKey(1, { state, ...over });
  const { unmount } = render(<StoryApp at={`/api-keys/${key.id}/show`} role={role} records={{ 'api-keys': [key] }} />);
  await screen.findByRole('button', { name: 'Requests with this key' });
  const buttons = screen.getAllByRole('button').map((button) => button.textContent);
  const more = screen.queryByRole('button', { name: 'More' });
  if (more) await userEvent.click(more);
  const items = screen.queryAllByRole('menuitem').map((item) => item.textContent);
  unmount();
  return [...buttons, ...items].filter((name) => / key…$|replacement/.test(name));
};

describe('what can be done with a key', () => {
  it.each<[KeyState, string[]]>([
    ['active', ['Rotate key…', 'Revoke key…', 'Change key…', 'Quarantine key…', 'Disable key…', 'Create replacement']],
    ['disabled', ['Enable key…', 'Revoke key…', 'Change key…', 'Create replacement']],
    ['quarantined', ['Enable key…', 'Rotate key…', 'Revoke key…', 'Change key…', 'Disable key…', 'Create replacement']],
    ['expired', ['Create replacement', 'Revoke key…']],
    ['revoked', ['Create replacement']],
  ])('that is %s is offered, and nothing else', async (state, actions) => {
    expect(await actionsOf(state)).toEqual(actions);
  });

  it('does not rotate it twice, and offers members nothing', async () => {
    expect(await actionsOf('expiring', 'admin', { rotatedOutAt: '2025-12-03T00:00:00.000Z' })).not.toContain('Rotate key…');
    expect(await actionsOf('active', 'member')).toEqual([]);
  });

  it('asks before it disables, says who would be refused, and keeps the reason', async () => {
    const user = userEvent.setup({ delay: null });
    const board = aCutOver(old, null, { safeToRevoke: false, remainingCallers: 1, callers: [aCaller()] });
    const provider = memoryDataProvider({ 'api-keys': [{ ...old }], 'cut-over': [board] as never });
    render(<StoryApp at={`/api-keys/${old.id}/show`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Disable key…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Disable Production API?' });
    expect(await within(dialog).findByText('1 caller would be refused')).toBeInTheDocument();
    expect(within(dialog).getByText('203.0.113.0/24')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText('Reason (optional)'), 'odd traffic');
    await user.click(within(dialog).getByRole('button', { name: 'Disable key' }));
    expect(await screen.findByText('Switched off')).toBeInTheDocument();
    expect(provider.asked).toContain(`disable ${old.id} odd traffic`);
  });
});

it('rotates a key under another name, and shows the secret once', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider({ 'api-keys': [{ ...old }] });
  let url = '';
  render(<StoryApp at={`/api-keys/${old.id}/show`} provider={provider} onLocation={(now) => (url = now)} />);
  await user.click(await screen.findByRole('button', { name: 'Rotate key…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Rotate Production API' });
  const name = within(dialog).getByLabelText('Name of the new key', { exact: false });
  await user.type(name, ' production api');
  expect(within(dialog).getByText('Choose another name than Production API.')).toBeInTheDocument();
  expect(within(dialog).getByRole('button', { name: 'Rotate key' })).toBeDisabled();
  await user.type(name, ' 2');
  await user.click(within(dialog).getByRole('combobox'));
  await user.click(await screen.findByRole('option', { name: '7 days' }));
  await user.click(within(dialog).getByRole('button', { name: 'Rotate key' }));
  const secret = await screen.findByRole('dialog', { name: 'production api 2 is ready' });
  expect(within(secret).getByLabelText('secret')).toHaveTextContent('pbk_rrr');
  expect(provider.asked).toContain(`rotate ${old.id} production api 2 604800`);
  await user.click(within(secret).getByRole('checkbox', { name: 'I have stored it' }));
  await user.click(within(secret).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(url).toMatch(/^\/api-keys\/key_.*z\/show$/));
  await waitFor(() => expect(screen.queryByText(/pbk_rrr/)).toBeNull());
});

describe('the cut-over board', () => {
  const rotated = { ...old, state: 'expiring' as const, rotatedOutAt: '2025-12-03T08:00:00.000Z', replacedBy: next.id };
  const page = (over: Parameters<typeof aCutOver>[2], key = rotated) =>
    render(
      <StoryApp at={`/api-keys/${key.id}/show`} records={{ 'api-keys': [key, next], 'cut-over': [aCutOver(key, next, over)] as never }} />,
    );

  it('says who has not moved, and what a revocation would do', async () => {
    page({ safeToRevoke: false, remainingCallers: 1, movedCallers: 1, callers: [aCaller(), aCaller({ agent: 'curl', lastNew: '2025-12-02T11:00:00.000Z', moved: true })] }); // prettier-ignore
    expect(await screen.findByText('1 of 2 callers still uses Production API')).toBeInTheDocument();
    const [still, moved] = within(await screen.findByRole('table', { name: 'Callers of both keys' }))
      .getAllByRole('row')
      .slice(1);
    expect(within(still!).getByText('Still on the old key')).toBeInTheDocument();
    expect(within(moved!).getByText('Has moved')).toBeInTheDocument();
  });

  it('says when the old key is safe to revoke', async () => {
    page({ movedCallers: 1, callers: [aCaller({ lastNew: '2025-12-02T11:00:00.000Z', moved: true })] });
    expect(await screen.findByText('Production API is safe to revoke')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Revoke the old key…' })).toBeInTheDocument();
  });

  it('says who still tries with the old key after its end', async () => {
    const lateUse = { requests: 40, lastAt: '2025-12-04T10:00:00.000Z', callers: [{ network: '198.51.100.0/24', agent: null, requests: 40, lastAt: '2025-12-04T10:00:00.000Z' }] }; // prettier-ignore
    page({ lateUse }, { ...rotated, state: 'rotatedOut', lateUse: { requests: 40, lastAt: lateUse.lastAt } } as never);
    const notice = (await screen.findByText('Somebody still tries with Production API')).parentElement!;
    expect(notice).toHaveTextContent(/40 calls were refused .*198\.51\.100\.0\/24 no user agent: 40/);
  });

  it('says nothing is safe while the log is not counted', async () => {
    page({ complete: false, safeToRevoke: false, asOf: '2025-12-02T09:00:00.000Z' });
    const notice = (await screen.findByText('Not known yet whether the old key is still used')).parentElement!;
    expect(notice).toHaveTextContent(/complete until .*9:00:00/);
    expect(screen.queryByText(/is safe to revoke/)).toBeNull();
  });
});

it('shows the use of a key in figures, as bars with a table, and by caller', async () => {
  const figures = { requests: 200, clientErrors: 20, serverErrors: 2, bytesOut: 1, p50Ms: 8.25, p95Ms: 48, p99Ms: 10_000 };
  const usage = aUsage({
    ...figures,
    statuses: [{ status: 200, requests: 178 }, { status: 404, requests: 22 }],
    history: [{ ...figures, from: '2025-11-26T00:00:00.000Z', statuses: [{ status: 200, requests: 178 }, { status: 404, requests: 22 }] }],
    callers: [{ network: '203.0.113.0/24', agent: 'acme', requests: 190, refused: 3, lastAcceptedAt: '2025-12-02T10:00:00.000Z', lastRefusedAt: null }],
  }); // prettier-ignore
  render(<StoryApp at={`/api-keys/${old.id}/show`} records={{ 'api-keys': [old], usage: [usage] as never, 'audit-logs': [aRecord(1)] }} />);
  expect(await screen.findByText('178 (89.0 %)')).toBeInTheDocument();
  expect(screen.getByText('20 (10.0 %)')).toBeInTheDocument();
  expect(screen.getAllByText('10 s or more').map(({ tagName }) => tagName)).toContain('DD');
  expect(
    screen
      .getAllByText('8.3 ms')
      .map(({ tagName }) => tagName)
      .sort(),
  ).toEqual(['DD', 'TD']); // of the period, and of its only part
  const course = screen.getByRole('table', { name: 'Requests over time', hidden: true });
  expect(within(course).getAllByRole('row', { hidden: true })).toHaveLength(1 + 8);
  expect(within(screen.getByRole('table', { name: 'Callers' })).getByText('acme')).toBeInTheDocument();
});
