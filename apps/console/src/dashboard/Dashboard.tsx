/** What an admin or a member wants to know first: what came in, what was refused and how long it took, what is new, how the keys are. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { lazy, Suspense, useDeferredValue, useEffect, useState } from 'react';
import { LinkBase, useGetList, useNavigate } from 'react-admin';
import type { ApiKey, LogRecord } from '../api-types';
import { emptyQuery, withoutPeople } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { EmptyState } from '../elements/EmptyState';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { ProblemView } from '../elements/ProblemView';
import { RecordLines } from '../elements/RecordLines';
import { TimeStamp } from '../elements/TimeStamp';
import { useHygiene } from '../hygiene/use-hygiene';
import { Page, Part } from '../layout/Page';
import { useCan, useSession } from '../session/use-session';
import { BusiestKeys, NewAddresses, SlowestEndpoints } from './Busiest';
import { usePeriod } from './dashboard-range';
import { Columns, FigureList, type Figure } from './FigureList';
import { Ranges, Traffic } from './Traffic';

const News = lazy(async () => ({ default: (await import('./News')).News }));

const shown = 8;
const LONGEST_REFRESH_MS = 3_600_000;
const KeyLines = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  borderTop: `1px solid ${theme.palette.tone.line}`,
  '& a': {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    minHeight: 36,
    padding: '0 8px',
    borderBottom: `1px solid ${theme.palette.tone.line}`,
    color: 'inherit',
    fontSize: 13,
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.palette.tone.hover },
  '& a > span:first-of-type': { flex: 1, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& small': { fontSize: 12, color: theme.palette.tone.muted, whiteSpace: 'nowrap' },
}));

function useLatest(filter: Record<string, string>) {
  const { data, error, refetch } = useGetList<LogRecord>(
    'audit-logs',
    { filter, pagination: { page: 1, perPage: shown }, sort: { field: 'startedAt', order: 'DESC' } },
    { retry: false, refetchInterval: 15_000 },
  );
  return { data: useDeferredValue(data), error, refetch };
}

const needsAttention = (key: ApiKey): string | null => {
  if (key.state === 'revoked' || key.state === 'expired') return null;
  if (key.state === 'expiring') return 'Expires soon';
  if (key.rotationDue) return 'Rotation is due';
  if (key.lastUsedAt === null) return 'Never used';
  return key.idle ? 'Not used lately' : null;
};

function KeyFigures({ keys, more }: { keys: readonly ApiKey[]; more: boolean }) {
  const { data: hygiene } = useHygiene({ enabled: keys.length > 0 });
  const count = (test: (key: ApiKey) => boolean): string => `${keys.filter(test).length}${more ? '+' : ''}`;
  const figures: Figure[] = [
    ['Active keys', count(({ state }) => state === 'active' || state === 'expiring'), '/api-keys?state=active,expiring'],
    ['Expiring', count(({ state }) => state === 'expiring'), '/api-keys?state=expiring'],
    ['Never used', count((key) => key.lastUsedAt === null && key.state === 'active'), '/api-keys?idle=true'],
    ['Rotation due', count((key) => key.rotationDue), '/api-keys?rotationDue=true'],
    ['Need somebody', hygiene ? String(hygiene.toDo) : keys.length === 0 ? '0' : '–', '/api-keys/hygiene'],
    ['Revoked', count(({ state }) => state === 'revoked'), '/api-keys?state=revoked'],
  ];
  return <FigureList figures={figures} />;
}

function Latest({ title, link, filter, empty }: { title: string; link: string; filter: Record<string, string>; empty: string }) {
  const { data, error, refetch } = useLatest(filter);
  return (
    <Part>
      <h2>
        {title} <LinkBase to={link}>Open in API Logs</LinkBase>
      </h2>
      {error ? (
        <ProblemView error={error} retry={() => void refetch()} />
      ) : data?.length === 0 ? (
        <EmptyState title="Nothing here">{empty}</EmptyState>
      ) : (
        <RecordLines records={data} rows={shown} />
      )}
    </Part>
  );
}

function Attention({ keys }: { keys: readonly ApiKey[] }) {
  const due = keys.flatMap((key) => {
    const why = needsAttention(key);
    return why === null ? [] : [{ key, why }];
  });
  if (due.length === 0) return null;
  return (
    <Part style={{ marginTop: 28 }}>
      <h2>
        Keys to look at <LinkBase to="/api-keys/hygiene">Open Hygiene</LinkBase>
      </h2>
      <KeyLines>
        {due.slice(0, shown).map(({ key, why }) => (
          <li key={key.id}>
            <LinkBase to={`/api-keys/${key.id}/show`}>
              <span>
                <KeyName {...key} />
              </span>
              <small>{why}</small>
              <small>
                {key.expiresAt ? (
                  <>
                    expires <TimeStamp at={key.expiresAt} relative />
                  </>
                ) : (
                  <>
                    created <TimeStamp at={key.createdAt} relative />
                  </>
                )}
              </small>
              <KeyStateChip state={key.state} />
            </LinkBase>
          </li>
        ))}
      </KeyLines>
    </Part>
  );
}

function Start({ mayCreate }: { mayCreate: boolean }) {
  const navigate = useNavigate();
  const [path, label] = mayCreate ? ['/api-keys/create', 'Create the first key'] : ['/api-introduction', 'Read the introduction'];
  return (
    <EmptyState
      title="Start with a key"
      action={
        <Button variant={mayCreate ? 'contained' : 'outlined'} onClick={() => navigate(path)}>
          {label}
        </Button>
      }
    >
      {mayCreate
        ? 'Create an API key, make a call with it, and watch the call appear below.'
        : 'There is no API key yet. An admin creates the first one; calls made with it appear below.'}
    </EmptyState>
  );
}

export function Dashboard() {
  const session = useSession();
  const navigate = useNavigate();
  const mayCreate = useCan('keys:write');
  const [reloads, setReloads] = useState(0);
  const period = usePeriod(reloads);
  useEffect(() => {
    // The interval that goes on becomes the one before.
    const timer = setInterval(() => setReloads((count) => count + 1), Math.min(period.stepMs, LONGEST_REFRESH_MS));
    return () => clearInterval(timer);
  }, [period.stepMs]);
  const { data: keys, error, pageInfo } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  return (
    <Page
      title="Dashboard"
      lead={`The API of ${session?.organization.name ?? 'your organization'}: what programs asked of it, and how its keys are.`}
      actions={
        <Button variant="contained" onClick={() => navigate('/audit-logs')}>
          Open API Logs
        </Button>
      }
    >
      {error && <ProblemView error={error} />}
      {keys?.length === 0 && <Start mayCreate={mayCreate} />}
      <Suspense fallback={null}>
        <News />
      </Suspense>
      <Ranges period={period} />
      <Traffic period={period} />
      <Columns>
        <SlowestEndpoints period={period} />
        <BusiestKeys period={period} />
        <NewAddresses period={period} />
        <Latest
          title="Latest refusals and failures"
          link={logLink({ ...emptyQuery, fields: { status: { include: ['4xx', '5xx'], exclude: [] } } })}
          filter={{ actorType: withoutPeople, status: '4xx,5xx' }}
          empty="No request was refused, and none failed."
        />
      </Columns>
      {keys && keys.length > 0 && (
        <Part style={{ marginTop: 28 }}>
          <h2>
            Keys <LinkBase to="/api-keys">Open API keys</LinkBase>
          </h2>
          <KeyFigures keys={keys} more={pageInfo?.hasNextPage ?? false} />
        </Part>
      )}
      {keys && <Attention keys={keys} />}
    </Page>
  );
}
