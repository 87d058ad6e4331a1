import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import IconButton from '@mui/material/IconButton';
import More from '@mui/icons-material/MoreHorizRounded';
import Tooltip from '@mui/material/Tooltip';
import { useState, type MouseEvent, type ReactNode } from 'react';
import { useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { ApiKey } from '../api-types';
import { emptyQuery, only } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { ActionMenu } from '../elements/ActionMenu';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { Choice, Choices } from '../elements/Choices';
import { Hidden } from '../elements/Hidden';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { RevokeDialog } from './RevokeDialog';

/** The views of the list: filters of the API, written as they stand in the address bar. */
const views: readonly [label: string, search: string][] = [
  ['All', ''],
  ['Usable', 'state=active,expiring'],
  ['Expiring', 'state=expiring'],
  ['Rotation due', 'rotationDue=true'],
  ['Idle', 'idle=true'],
  ['Held back', 'state=disabled,quarantined'],
  ['Rotated out', 'state=rotatedOut'],
  ['Expired', 'state=expired'],
  ['Revoked', 'state=revoked'],
];
const filterNames = ['state', 'rotationDue', 'idle'] as const;
type Target = { apiKey: ApiKey; anchor: HTMLElement };

function KeyMenu({ target, onClose, onRevoke }: { target: Target; onClose: () => void; onRevoke: (key: ApiKey) => void }) {
  const navigate = useNavigate();
  const mayRevoke = useCan('keys:write');
  const { apiKey, anchor } = target;
  return (
    <ActionMenu label={`Actions for ${apiKey.name}`} anchor={anchor} onClose={onClose}>
      <MenuItem onClick={() => navigate(`/api-keys/${apiKey.id}/show`)}>Open</MenuItem>
      <MenuItem onClick={() => navigate(logLink({ ...only(emptyQuery, 'apiKeyId', apiKey.id), preset: 'all' }))}>
        Requests with this key
      </MenuItem>
      {mayRevoke && apiKey.state !== 'revoked' && (
        <MenuItem
          sx={{ color: 'error.main' }}
          onClick={() => {
            onClose();
            onRevoke(apiKey);
          }}
        >
          Revoke…
        </MenuItem>
      )}
    </ActionMenu>
  );
}

function KeyRow({ apiKey, onActions }: { apiKey: ApiKey; onActions: (target: Target) => void }) {
  const navigate = useNavigate();
  const { id, state, rotationDue, scopes, lastUsedAt, expiresAt, createdAt, service, team, environment } = apiKey;
  const open = (): void => navigate(`/api-keys/${id}/show`);
  const actions = (event: MouseEvent<HTMLElement>): void => {
    event.stopPropagation();
    onActions({ apiKey, anchor: event.currentTarget });
  };
  return (
    <tr
      data-opens
      tabIndex={0}
      onClick={open}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && open()}
    >
      <td style={{ width: '45%' }}>
        <KeyName {...apiKey} />
      </td>
      <td className="fit" data-label="State">
        <KeyStateChip state={state} /> {rotationDue && <Chip tone="client">Rotation due</Chip>}{' '}
        {apiKey.lateUse && <Chip tone="server">Still tried</Chip>}
      </td>
      <td style={{ width: '25%' }} data-label="Service">
        {[service, team, environment].filter(Boolean).join(' · ') || '–'}
      </td>
      <td className="fit" data-label="Scopes">
        <Tooltip title={scopes.join(', ')}>
          <span>{scopes.length === 1 ? scopes[0] : `${scopes.length} scopes`}</span>
        </Tooltip>
      </td>
      <td className="fit" data-label="Last used">
        <TimeStamp at={lastUsedAt} relative missing="Never" />
      </td>
      <td className="fit" data-label="Expires">
        <TimeStamp at={expiresAt} relative missing="Never" />
      </td>
      <td className="fit" data-label="Created">
        <TimeStamp at={createdAt} relative />
      </td>
      <td className="fit actions">
        <IconButton size="small" style={{ padding: 3 }} aria-label={`Actions for ${apiKey.name}`} aria-haspopup="menu" onClick={actions}>
          <More />
        </IconButton>
      </td>
    </tr>
  );
}

function NoKeys({ filtered, create, onShowAll }: { filtered: boolean; create: ReactNode; onShowAll: () => void }) {
  if (filtered) {
    return (
      <EmptyState
        title="No such key"
        action={
          <Button variant="outlined" onClick={onShowAll}>
            Show all keys
          </Button>
        }
      >
        No key of the organization is in this view.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No API key yet" action={create}>
      A program needs a key to call the API. {create ? 'Create the first one; its secret is shown once.' : 'Ask an admin to create one.'}
    </EmptyState>
  );
}

function KeyTable({ rows, onActions }: { rows: readonly ApiKey[] | null; onActions: (target: Target) => void }) {
  return (
    <DataTable label="API keys">
      <thead>
        <tr>
          {['Key', 'State', 'Service', 'Scopes', 'Last used', 'Expires', 'Created'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          <th scope="col">
            <Hidden>Actions</Hidden>
          </th>
        </tr>
      </thead>
      {rows === null ? (
        <SkeletonRows rows={8} columns={[240, [52, 'fit'], 140, [56, 'fit'], [64, 'fit'], [48, 'fit'], [64, 'fit'], [20, 'fit']]} />
      ) : (
        <tbody>
          {rows.map((apiKey) => (
            <KeyRow key={apiKey.id} apiKey={apiKey} onActions={onActions} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

export function KeyList() {
  const navigate = useNavigate();
  const mayCreate = useCan('keys:write');
  const mayCheck = useCan('incidents:write');
  const { search } = useLocation();
  const parameters = new URLSearchParams(search);
  const filter = Object.fromEntries(filterNames.flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name)]] : [])));
  const chosen = Object.entries(filter)
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .join('&');
  const [target, setTarget] = useState<Target | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const list = useInfiniteGetList<ApiKey>(
    'api-keys',
    { filter, pagination: { page: 1, perPage: 100 } },
    { retry: false, placeholderData: (before) => before },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  const choose = (next: string): void => navigate({ search: next && `?${next}` });
  const create = mayCreate && (
    <Button variant="contained" onClick={() => navigate('/api-keys/create')}>
      Create key
    </Button>
  );
  const check = mayCheck && <Button onClick={() => navigate('/leak-check')}>Check for a leak</Button>;
  return (
    <Page
      title="API Keys"
      lead="One key for each program: then a leak concerns one program, and the log says who called."
      actions={
        <>
          {check}
          {create}
        </>
      }
    >
      <Choices label="Which keys">
        {views.map(([label, value]) => (
          <Choice key={label} chosen={chosen === value} onClick={() => choose(value)}>
            {label}
          </Choice>
        ))}
      </Choices>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.error &&
        (rows?.length === 0 ? (
          <NoKeys filtered={chosen !== ''} create={create} onShowAll={() => choose('')} />
        ) : (
          <KeyTable rows={rows} onActions={setTarget} />
        ))}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show more keys
        </Button>
      )}
      {target && <KeyMenu target={target} onClose={() => setTarget(null)} onRevoke={setRevoking} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Page>
  );
}
