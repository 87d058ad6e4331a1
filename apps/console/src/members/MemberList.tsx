import More from '@mui/icons-material/MoreHorizRounded';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import { roles, type Role } from '@pinebill/contract';
import { useState } from 'react';
import { useDataProvider, useDelete, useInfiniteGetList, useUpdate } from 'react-admin';
import type { Member } from '../api-types';
import { ActionMenu } from '../elements/ActionMenu';
import { Chip } from '../elements/Chip';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { Hidden } from '../elements/Hidden';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan, useSession } from '../session/use-session';
import type { ConsoleDataProvider } from '../data-provider';
import { LinkDialog, type MadeLink } from './LinkDialog';
import { InviteDialog } from './InviteDialog';
import { ResetSecondFactor } from './ResetSecondFactor';
import { roleMeaning } from './roles';

const states = {
  active: { label: 'Active', tone: 'success' },
  suspended: { label: 'Suspended', tone: 'client' },
  invited: { label: 'Invited', tone: 'redirect' },
} as const;
type Target = { member: Member; anchor: HTMLElement };

function MemberMenu({
  target,
  onClose,
  onChange,
  onReset,
  onRemove,
  onLink,
}: {
  target: Target;
  onClose: () => void;
  onChange: (changes: { role?: Role; suspended?: boolean }) => void;
  onReset: () => void;
  onRemove: () => void;
  onLink: () => void;
}) {
  const { member, anchor } = target;
  const invited = member.state === 'invited';
  const suspended = member.state === 'suspended';
  const own = useSession()?.user.id === member.userId;
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  return (
    <ActionMenu label={`Actions for ${member.name}`} anchor={anchor} onClose={onClose}>
      {!invited &&
        roles
          .filter((role) => role !== member.role)
          .map((role) => (
            <MenuItem key={role} onClick={then(() => onChange({ role }))}>
              Make {role}
            </MenuItem>
          ))}
      {!invited && <MenuItem onClick={then(() => onChange({ suspended: !suspended }))}>{suspended ? 'Let in again' : 'Suspend'}</MenuItem>}
      {!suspended && !own && (
        <MenuItem onClick={then(onLink)}>{invited ? 'Send the invitation again…' : 'Link for a new password…'}</MenuItem>
      )}
      {member.secondFactor && <MenuItem onClick={then(onReset)}>Reset the second factor…</MenuItem>}
      {!invited && <Divider />}
      <MenuItem sx={{ color: 'error.main' }} onClick={then(onRemove)}>
        {invited ? 'Withdraw the invitation…' : 'Remove…'}
      </MenuItem>
    </ActionMenu>
  );
}

function linkOf({ id, name, state }: Member, dataProvider: ConsoleDataProvider) {
  if (state === 'invited')
    return {
      title: `Send the invitation of ${name} again`,
      verb: 'Send again',
      text: 'With a new link, which works for another 7 days. The one before is worth nothing any more.',
      make: async (): Promise<MadeLink> => {
        const { invitationUrl, mailed } = await dataProvider.resendInvitation(id);
        return { url: invitationUrl, mailed };
      },
    };
  return {
    title: `Link for a new password of ${name}`,
    verb: 'Make the link',
    text: 'It works once, within an hour. Until then the old password stays good; when it is used, all their sessions end. Whoever holds the link can sign in as this person.',
    make: async (): Promise<MadeLink> => {
      const { resetUrl, mailed } = await dataProvider.makeResetLink(id);
      return { url: resetUrl, mailed };
    },
  };
}

const rowsOf = (found: { pages: { data: Member[] }[] } | undefined): Member[] => found?.pages.flatMap(({ data }) => data) ?? [];

export function MemberList() {
  const list = useInfiniteGetList<Member>('members', { pagination: { page: 1, perPage: 100 } }, { retry: false });
  const rows = rowsOf(list.data);
  const session = useSession();
  const mayChange = useCan('members:write');
  const [target, setTarget] = useState<Target | null>(null);
  const [removing, setRemoving] = useState<Member | null>(null);
  const [linking, setLinking] = useState<Member | null>(null);
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [resetting, setResetting] = useState<Member | null>(null);
  const [inviting, setInviting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [update] = useUpdate<Member>();
  const [remove] = useDelete<Member>();
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    }
    await list.refetch();
  };
  const change = (member: Member, data: object) =>
    act(() => update('members', { id: member.id, data, previousData: member }, { returnPromise: true, mutationMode: 'pessimistic' }));
  const closing = (hide: () => void) => () => {
    hide();
    void list.refetch();
  };
  const invite = mayChange ? (
    <Button variant="contained" onClick={() => setInviting(true)}>
      Invite
    </Button>
  ) : null;
  return (
    <Page title="Members" lead="Who belongs to the organization, and what their role lets them do." actions={invite}>
      {(error ?? list.error) !== null && (
        <div style={{ marginBottom: 12 }}>
          <ProblemView
            error={error ?? list.error}
            retry={() => {
              setError(null);
              void list.refetch();
            }}
          />
        </div>
      )}
      <DataTable label="Members">
        <thead>
          <tr>
            {['Name', 'E-mail', 'Role', 'State', 'Second factor', 'Since'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {mayChange && (
              <th scope="col">
                <Hidden>Actions</Hidden>
              </th>
            )}
          </tr>
        </thead>
        {list.isPending ? (
          <SkeletonRows
            rows={4}
            columns={[140, 200, [56, 'fit'], [52, 'fit'], [24, 'fit'], [56, 'fit'], ...(mayChange ? [[20, 'fit'] as const] : [])]}
          />
        ) : (
          <tbody>
            {rows.map((member) => (
              <tr key={member.id}>
                <td style={{ width: '35%' }}>
                  {member.name}
                  {member.email === session?.user.email && ' (you)'}
                </td>
                <td style={{ width: '45%' }} data-label="E-mail">
                  {member.email}
                </td>
                <td className="fit" data-label="Role" title={roleMeaning[member.role]} style={{ textTransform: 'capitalize' }}>
                  {member.role}
                </td>
                <td className="fit" data-label="State">
                  <Chip tone={states[member.state].tone}>{states[member.state].label}</Chip>
                </td>
                <td className="fit" data-label="Second factor">
                  {member.state === 'invited' ? '–' : member.secondFactor ? 'Yes' : 'No'}
                </td>
                <td className="fit" data-label="Since">
                  <TimeStamp at={member.createdAt} relative />
                </td>
                {mayChange && (
                  <td className="fit actions">
                    <IconButton
                      size="small"
                      style={{ padding: 3 }}
                      aria-label={`Actions for ${member.name}`}
                      aria-haspopup="menu"
                      onClick={(event) => setTarget({ member, anchor: event.currentTarget })}
                    >
                      <More />
                    </IconButton>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        )}
      </DataTable>
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show more members
        </Button>
      )}
      {target && (
        <MemberMenu
          target={target}
          onClose={() => setTarget(null)}
          onChange={(data) => void change(target.member, data)}
          onReset={() => setResetting(target.member)}
          onRemove={() => setRemoving(target.member)}
          onLink={() => setLinking(target.member)}
        />
      )}
      {inviting && <InviteDialog onClose={closing(() => setInviting(false))} />}
      {resetting && <ResetSecondFactor member={resetting} onClose={closing(() => setResetting(null))} />}
      {linking && <LinkDialog {...linkOf(linking, dataProvider)} email={linking.email} onClose={closing(() => setLinking(null))} />}
      {removing && (
        <ConfirmDanger
          title={`Remove ${removing.name}?`}
          action="Remove"
          onClose={closing(() => setRemoving(null))}
          onConfirm={() =>
            remove('members', { id: removing.id, previousData: removing }, { returnPromise: true, mutationMode: 'pessimistic' })
          }
        >
          <span>{removing.email} loses access at once. API keys that they created keep working: keys belong to the organization.</span>
        </ConfirmDanger>
      )}
    </Page>
  );
}
