/** What an admin or a member wants to know first: what came in, what was refused, how the keys are. Read from the lists themselves. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
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

const shown = 8;
const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 480px), 1fr))',
  gap: '28px 32px',
  '&& > section': { marginTop: 0, minWidth: 0 },
});
const Figures = styled('ul')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(132px, 1fr))',
  gap: 1,
  margin: '0 0 28px',
  padding: 0,
  listStyle: 'none',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  overflow: 'hidden',
  '& a': {
    display: 'block',
    boxShadow: `0 0 0 1px ${theme.palette.tone.line}`,
    padding: '12px 16px',
    background: theme.palette.tone.page,
    color: 'inherit',
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.palette.tone.hover },
  '& small': { display: 'block', fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted },
  '& strong': {
    display: 'block',
    marginTop: 4,
    fontSize: 22,
    fontWeight: 600,
    lineHeight: '28px',
    letterSpacing: '-0.02em',
    fontVariantNumeric: 'tabular-nums',
  },
}));
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
  return useGetList<LogRecord>(
    'audit-logs',
    { filter, pagination: { page: 1, perPage: shown }, sort: { field: 'startedAt', order: 'DESC' } },
    { retry: false, refetchInterval: 15_000 },
  );
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
  const figures: [label: string, value: string, path: string][] = [
    ['Active keys', count(({ state }) => state === 'active' || state === 'expiring'), '/api-keys?state=active,expiring'],
    ['Expiring', count(({ state }) => state === 'expiring'), '/api-keys?state=expiring'],
    ['Never used', count((key) => key.lastUsedAt === null && key.state === 'active'), '/api-keys?idle=true'],
    ['Rotation due', count((key) => key.rotationDue), '/api-keys?rotationDue=true'],
    ['Need somebody', hygiene ? String(hygiene.toDo) : keys.length === 0 ? '0' : '–', '/api-keys/hygiene'],
    ['Revoked', count(({ state }) => state === 'revoked'), '/api-keys?state=revoked'],
  ];
  return (
    <Figures>
      {figures.map(([label, value, path]) => (
        <li key={label}>
          <LinkBase to={path}>
            <small>{label}</small> <strong>{value}</strong>
          </LinkBase>
        </li>
      ))}
    </Figures>
  );
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

export function Dashboard() {
  const session = useSession();
  const navigate = useNavigate();
  const mayCreate = useCan('keys:write');
  const { data: keys, error, pageInfo } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  return (
    <Page
      title="Dashboard"
      lead={`The API of ${session?.organization.name ?? 'your organization'}, right now.`}
      actions={
        <Button variant="contained" onClick={() => navigate('/audit-logs')}>
          Open API Logs
        </Button>
      }
    >
      {error && <ProblemView error={error} />}
      {keys?.length === 0 && (
        <EmptyState
          title="Start with a key"
          action={
            mayCreate ? (
              <Button variant="contained" onClick={() => navigate('/api-keys/create')}>
                Create the first key
              </Button>
            ) : (
              <Button variant="outlined" onClick={() => navigate('/api-introduction')}>
                Read the introduction
              </Button>
            )
          }
        >
          {mayCreate
            ? 'Create an API key, make a call with it, and watch the call appear below.'
            : 'There is no API key yet. An admin creates the first one; calls made with it appear below.'}
        </EmptyState>
      )}
      {keys && keys.length > 0 && <KeyFigures keys={keys} more={pageInfo?.hasNextPage ?? false} />}
      <Columns>
        <Latest
          title="Latest requests"
          link={logLink(emptyQuery)}
          filter={{ actorType: withoutPeople }}
          empty="No program has called the API yet."
        />
        <Latest
          title="Latest refusals and failures"
          link={logLink({ ...emptyQuery, fields: { status: { include: ['4xx', '5xx'], exclude: [] } } })}
          filter={{ actorType: withoutPeople, status: '4xx,5xx' }}
          empty="No request was refused, and none failed."
        />
      </Columns>
      {keys && <Attention keys={keys} />}
    </Page>
  );
}
