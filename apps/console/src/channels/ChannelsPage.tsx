/** Where alerts go: the channels, how each does, and one of them beside the list. The open one is in the URL. */
import Add from '@mui/icons-material/AddRounded';
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useDataProvider, useNavigate, useParams } from 'react-admin';
import type { Channel, CreatedChannel } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { AccessDenied } from '../layout/NotFound';
import { PageHead, PageSkeleton } from '../layout/Page';
import { can } from '@pinebill/contract';
import { useSession } from '../session/use-session';
import { useChannelCalls } from './channel-calls';
import { kindWords, stateOf, targetOf } from './channel-words';
import { ChannelForm } from './ChannelForm';
import { ChannelPanel } from './ChannelPanel';
import { ChannelSecretDialog, type NewSecret } from './ChannelSecretDialog';

/** Whether a channel fails is news. */
const ASK_EVERY_MS = 15_000;

const Split = styled('div')({ display: 'flex', minHeight: '100%' });
const List = styled('div')({ flex: 1, minWidth: 0, padding: '20px 24px 48px', '@media (max-width: 640px)': { padding: '16px 16px 40px' } });

function Row({ channel, open, narrow, onOpen }: { channel: Channel; open: boolean; narrow: boolean; onOpen: () => void }) {
  const { text, tone, meaning } = stateOf(channel);
  return (
    <tr
      data-opens
      tabIndex={0}
      aria-selected={open}
      onClick={onOpen}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen()}
    >
      <td style={{ width: '40%' }}>{channel.name}</td>
      <td className="fit" data-label="Kind">
        {kindWords[channel.kind]}
      </td>
      {!narrow && (
        <td style={{ width: '60%' }} data-label="Leads to" title={targetOf(channel)}>
          {targetOf(channel)}
        </td>
      )}
      <td className="fit" data-label="State">
        <Tooltip title={meaning} describeChild>
          <Chip tone={tone}>{text}</Chip>
        </Tooltip>
      </td>
      <td className="fit" data-label="Delivered">
        <TimeStamp at={channel.deliveredAt} relative missing="Never" />
      </td>
    </tr>
  );
}

type RowsProps = { rows: readonly Channel[] | null; openId: string | null; onOpen: (id: string) => void };

function Rows({ rows, openId, onOpen }: RowsProps) {
  const narrow = openId !== null;
  return (
    <DataTable label="Channels">
      <thead>
        <tr>
          {['Name', 'Kind', ...(narrow ? [] : ['Leads to']), 'State', 'Delivered'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {rows === null ? (
        <SkeletonRows rows={4} columns={[180, [70, 'fit'], 240, [60, 'fit'], [70, 'fit']]} />
      ) : (
        <tbody>
          {rows.map((channel) => (
            <Row key={channel.id} channel={channel} open={channel.id === openId} narrow={narrow} onOpen={() => onOpen(channel.id)} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

function NotOnThisPlan() {
  const navigate = useNavigate();
  return (
    <Notice tone="client" style={{ marginBottom: 16, maxWidth: 640 }}>
      <strong>Alerts are in the enterprise plan</strong>
      <p>Nothing is sent on the plan of the organization. Channels that there are can be read, switched off and deleted.</p>
      <div>
        <Button size="small" variant="outlined" onClick={() => navigate('/plan')}>
          Compare plans
        </Button>
      </div>
    </Notice>
  );
}

function Gone() {
  return (
    <Notice tone="unknown" style={{ marginBottom: 16, maxWidth: 640 }}>
      <strong>The channel is not here any more</strong>
      <p>It was deleted. What was changed, and by whom, is in Activity.</p>
    </Notice>
  );
}

type ContentProps = RowsProps & { error: unknown; retry: () => void; mayChange: boolean; make: ReactNode };

function Content({ rows, openId, error, retry, mayChange, make, onOpen }: ContentProps) {
  // Once there are rows they stay, with the problem above them: it asks again by itself.
  if (error && rows === null) return <ProblemView error={error} retry={retry} />;
  if (rows?.length === 0)
    return (
      <EmptyState title="No channel yet" action={make}>
        Alerts are in the inbox whether there is a channel or not. A channel brings them to where people look at night.
        {!mayChange && ' An admin can make one.'}
      </EmptyState>
    );
  const isGone = rows !== null && openId !== null && !rows.some(({ id }) => id === openId);
  return (
    <>
      {Boolean(error) && <ProblemView error={error} retry={retry} />}
      {isGone && <Gone />}
      <Rows rows={rows} openId={isGone ? null : openId} onOpen={onOpen} />
    </>
  );
}

/** The open one is in the URL; Esc closes it. */
function useOpenId(): [string | null, (id: string | null) => void] {
  const navigate = useNavigate();
  const { id: openId = null } = useParams() as { id?: string | null }; // as the route in App.tsx says
  const open = (id: string | null): void => navigate(id === null ? '/channels' : `/channels/${id}`, { replace: true });
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && openId !== null) open(null);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  });
  return [openId, open];
}

function Channels({ mayChange }: { mayChange: boolean }) {
  const calls = useChannelCalls();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [openId, open] = useOpenId();
  const list = useQuery({ queryKey: ['channels'], queryFn: calls.list, retry: false, refetchInterval: ASK_EVERY_MS });
  const plan = useQuery({ queryKey: ['plan'], queryFn: () => dataProvider.plan(), retry: false });
  const [form, setForm] = useState<{ channel: Channel | null } | null>(null);
  const [secret, setSecret] = useState<NewSecret | null>(null);
  const rows = list.data ?? null;
  const shown = rows?.find(({ id }) => id === openId);
  const maySend = mayChange && plan.data?.alerts === true;
  const make = maySend && (
    <Button variant="contained" startIcon={<Add />} onClick={() => setForm({ channel: null })}>
      New channel
    </Button>
  );
  const changed = (): void => void list.refetch();
  const saved = (channel: Channel | CreatedChannel): void => {
    setForm(null);
    if ('secret' in channel && channel.secret !== null)
      setSecret({ name: channel.name, secret: channel.secret, previousSecretUntil: null });
    void list.refetch().then(() => open(channel.id));
  };
  return (
    <Split>
      <List>
        <PageHead
          title="Channels"
          lead="Where alerts go: to people by mail, to programs by signed webhooks, and to Slack, Teams and PagerDuty."
          actions={rows?.length !== 0 && make}
        />
        {plan.data?.alerts === false && <NotOnThisPlan />}
        {plan.error && mayChange && <ProblemView error={plan.error} retry={() => void plan.refetch()} />}
        <Content {...{ rows, openId, mayChange, make }} error={list.error} retry={changed} onOpen={open} />
      </List>
      {shown && (
        <ChannelPanel
          key={shown.id}
          {...{ channel: shown, maySend, mayChange }}
          onClose={() => open(null)}
          onChange={() => setForm({ channel: shown })}
          onChanged={changed}
          onDeleted={changed}
          onSecret={setSecret}
        />
      )}
      {form && <ChannelForm channel={form.channel} onClose={() => setForm(null)} onSaved={saved} />}
      {secret && <ChannelSecretDialog made={secret} onStored={() => setSecret(null)} />}
    </Split>
  );
}

/** Asked for by a role that may: whoever may not sees why. */
export function ChannelsPage() {
  const session = useSession();
  if (!session) return <PageSkeleton />;
  if (!can(session.role, 'channels:read')) return <AccessDenied />;
  return <Channels mayChange={can(session.role, 'channels:write')} />;
}
