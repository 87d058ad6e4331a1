import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { lazy, Suspense, useState } from 'react';
import { LinkBase, useGetList, useGetOne, useNavigate, useParams } from 'react-admin';
import type { ApiKey, LogRecord } from '../api-types';
import { emptyQuery, only, type LogQuery } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { addressPage } from '../elements/Address';
import { CountryCredit } from '../elements/CountryCredit';
import { EmptyState } from '../elements/EmptyState';
import { FactList } from '../elements/FactList';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { Mono, MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { RecordLines } from '../elements/RecordLines';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { KeyPlace } from '../restrictions/KeyPlace';
import { useCan } from '../session/use-session';
import { CutOverBoard } from './CutOverBoard';
import { KeyActions } from './KeyActions';
import { KeyHistory } from './KeyHistory';
import { KeyUsage } from './KeyUsage';
import { countText } from '../elements/figures';
import { RevokeDialog } from './RevokeDialog';

const SuspectedBreach = lazy(async () => ({ default: (await import('../incidents/SuspectedBreach')).SuspectedBreach }));

const requestsOf = (id: string): LogQuery => ({ ...only(emptyQuery, 'apiKeyId', id), preset: 'all' });

function Replaced({ id }: { id: string }) {
  const { data } = useGetOne<ApiKey>('api-keys', { id }, { retry: false });
  return <LinkBase to={`/api-keys/${id}/show`}>{data ? <KeyName {...data} /> : <MonoText>{id}</MonoText>}</LinkBase>;
}

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))',
  columnGap: 48,
  alignItems: 'start',
  maxWidth: 1120,
});

function Facts({ apiKey }: { apiKey: ApiKey }) {
  const { lastUsedAt, lastUsedIp, lastUsedUserAgent } = apiKey;
  return (
    <Columns>
      <FactList
        facts={[
          { label: 'Key', value: <MonoText>{apiKey.masked}</MonoText> },
          { label: 'ID', value: <Mono copyLabel="Copy the ID">{apiKey.id}</Mono> },
          { label: 'State', value: <KeyStateChip state={apiKey.state} /> },
          { label: 'Scopes', value: <MonoText>{apiKey.scopes.join(', ')}</MonoText> },
          apiKey.replaces ? { label: 'Replaces', value: <Replaced id={apiKey.replaces} /> } : null,
          apiKey.replacedBy ? { label: 'Replaced by', value: <Replaced id={apiKey.replacedBy} /> } : null,
        ]}
      />
      <FactList
        facts={[
          { label: 'Used by', value: [apiKey.service, apiKey.team, apiKey.environment].filter(Boolean).join(' · ') },
          {
            label: 'Created',
            value: (
              <>
                <TimeStamp at={apiKey.createdAt} />
                {` by ${apiKey.createdBy.name}`}
              </>
            ),
          },
          { label: 'Expires', value: <TimeStamp at={apiKey.expiresAt} missing="Never" /> },
          apiKey.rotatedOutAt !== null && {
            label: apiKey.state === 'rotatedOut' ? 'Rotated out' : 'Works until',
            value: (
              <>
                <TimeStamp at={apiKey.rotatedOutAt} />
                {apiKey.rotatedBy && `, rotated by ${apiKey.rotatedBy.name}`}
              </>
            ),
          },
          apiKey.disabledAt !== null && { label: 'Disabled', value: <TimeStamp at={apiKey.disabledAt} /> },
          apiKey.quarantinedAt !== null && { label: 'Quarantined', value: <TimeStamp at={apiKey.quarantinedAt} /> },
          { label: 'Last used', value: <TimeStamp at={lastUsedAt} relative missing="Never" /> },
          {
            label: 'From',
            value: lastUsedIp ? (
              <LinkBase to={addressPage(lastUsedIp)}>
                <MonoText>{lastUsedIp}</MonoText>
              </LinkBase>
            ) : null,
          },
          { label: 'With', value: lastUsedUserAgent ? <MonoText>{lastUsedUserAgent}</MonoText> : null },
          apiKey.refusedRequests > 0 && {
            label: 'Refused',
            value: (
              <>
                {`${countText(apiKey.refusedRequests)}, the last `}
                <TimeStamp at={apiKey.lastRefusedAt} relative />
              </>
            ),
          },
        ]}
      />
    </Columns>
  );
}

/** What the state means and what to do about it, where there is something to do. */
function StateNotice({ apiKey }: { apiKey: ApiKey }) {
  const { state, revokedAt, revokeReason, lateUse, replacedBy } = apiKey;
  // With a successor, the cut-over board says who still tries.
  const isLate = lateUse !== null && replacedBy === null;
  if (revokedAt === null && state !== 'disabled' && state !== 'quarantined' && !isLate) return null;
  return (
    <div style={{ display: 'grid', gap: 12, marginBottom: 20, maxWidth: 640 }}>
      {revokedAt && (
        <Notice tone="server">
          <strong>Revoked</strong>
          <p>
            <TimeStamp at={revokedAt} />
            {revokeReason && `: ${revokeReason.replace(/\.$/, '')}`}. Every call with it is refused with 401 and stays in the log.
          </p>
        </Notice>
      )}
      {state === 'disabled' && (
        <Notice tone="unknown">
          <strong>Switched off</strong>
          <p>Every call with it is refused with 401 until it is enabled.</p>
        </Notice>
      )}
      {state === 'quarantined' && (
        <Notice tone="client">
          <strong>Quarantined</strong>
          <p>It can read, and nothing else. Enable it when it is above suspicion; rotate or revoke it when it is not.</p>
        </Notice>
      )}
      {isLate && (
        <Notice tone="server">
          <strong>Somebody still tries with this key</strong>
          <p>
            {countText(lateUse.requests)} {lateUse.requests === 1 ? 'call was' : 'calls were'} refused, the last{' '}
            <TimeStamp at={lateUse.lastAt} relative />. Who it is stands below; if you do not know them, the key may have leaked.
          </p>
        </Notice>
      )}
    </div>
  );
}

function LatestRequests({ id }: { id: string }) {
  const { data, error, refetch } = useGetList<LogRecord>(
    'audit-logs',
    { filter: { apiKeyId: id }, pagination: { page: 1, perPage: 10 }, sort: { field: 'startedAt', order: 'DESC' } },
    { retry: false },
  );
  return (
    <Part>
      <h2>
        Latest requests <LinkBase to={logLink(requestsOf(id))}>All in API Logs</LinkBase>
      </h2>
      {error ? (
        <ProblemView error={error} retry={() => void refetch()} />
      ) : data?.length === 0 ? (
        <EmptyState title="Never used">
          No request was made with this key in the time that the plan keeps. If no program needs it, revoke it.
        </EmptyState>
      ) : (
        <>
          <RecordLines records={data} rows={10} withCaller={false} />
          <div style={{ paddingTop: 12 }}>
            <CountryCredit />
          </div>
        </>
      )}
    </Part>
  );
}

function Breach({ apiKey }: { apiKey: ApiKey }) {
  const [revoking, setRevoking] = useState(false);
  const mayOpen = useCan('incidents:open');
  const mayRevoke = useCan('keys:write') && apiKey.state !== 'revoked';
  if (!mayOpen) return null;
  return (
    <Part>
      <h2>Suspected breach?</h2>
      <Suspense fallback={<div aria-busy style={{ minHeight: 96 }} />}>
        <SuspectedBreach
          from={{ apiKeyIds: [apiKey.id], label: apiKey.name }}
          apiKeyId={apiKey.id}
          onRevoke={mayRevoke ? () => setRevoking(true) : null}
          reference={{ what: 'key ID', id: apiKey.id }}
        />
      </Suspense>
      {revoking && <RevokeDialog apiKey={apiKey} onClose={() => setRevoking(false)} />}
    </Part>
  );
}

export function KeyShow() {
  const { id = '' } = useParams();
  const { data: apiKey, error, refetch } = useGetOne<ApiKey>('api-keys', { id }, { retry: false });
  const mayChange = useCan('keys:write');
  const navigate = useNavigate();
  if (error) {
    return (
      <Page title="API key">
        <ProblemView error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  if (!apiKey) return <PageSkeleton />;
  return (
    <Page
      title={apiKey.name}
      actions={
        <>
          <Button variant="outlined" onClick={() => navigate(logLink(requestsOf(id)))}>
            Requests with this key
          </Button>
          {mayChange && <KeyActions apiKey={apiKey} />}
        </>
      }
    >
      <StateNotice apiKey={apiKey} />
      <Part>
        <Facts apiKey={apiKey} />
      </Part>
      {(apiKey.replaces !== null || apiKey.replacedBy !== null) && <CutOverBoard apiKey={apiKey} />}
      <Breach apiKey={apiKey} />
      <KeyUsage id={id} />
      <KeyHistory id={id} />
      <KeyPlace apiKey={apiKey} />
      <LatestRequests id={id} />
    </Page>
  );
}
