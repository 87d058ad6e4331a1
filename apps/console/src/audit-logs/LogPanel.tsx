/** One record, whole: what happened, what it means, who called, how long it took, and what to do next. */
import Link from '@mui/icons-material/LinkRounded';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { statusCodeOf } from '@pinebill/contract';
import { lazy, Suspense, useState } from 'react';
import { useGetOne, useNavigate } from 'react-admin';
import type { ApiKey, LogRecord } from '../api-types';
import type { RevocableKey } from '../api-keys/RevokeDialog';
import { Address, AddressLink, addressPage, countryName } from '../elements/Address';
import { CountryCredit } from '../elements/CountryCredit';
import { FactList, type Fact } from '../elements/FactList';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { reasonText } from '../elements/reason-text';
import { MethodTag } from '../elements/MethodTag';
import { CodeBlock, Mono, MonoText, useCopied } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { SidePanel } from '../elements/SidePanel';
import { StatusChip, toneOf } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import { useCan } from '../session/use-session';
import { curlOf } from './curl';
import { type FilterBy } from './Filterable';
import { limitAdvice, limitNames } from './limit-advice';
import { NextStep } from './NextStep';
import { noticeOf } from './notices';
import { permalinkOf } from './permalink';
import { TimingBar } from './TimingBar';
import { countText, duration, sizeText } from '../elements/figures';

// Only of what went wrong, and not needed for the list.
const RecordHelp = lazy(async () => ({ default: (await import('./RecordHelp')).RecordHelp }));
const FindingsOfRecord = lazy(async () => ({ default: (await import('../findings/LogFindings')).FindingsOfRecord }));
const SuspectedBreach = lazy(async () => ({ default: (await import('../incidents/SuspectedBreach')).SuspectedBreach }));

const KeptUntil = lazy(async () => ({ default: (await import('../retention/KeptUntil')).KeptUntil }));

const Headline = styled('h2')({
  margin: '0 0 6px',
  fontSize: 15,
  fontWeight: 600,
  lineHeight: '24px',
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 8,
  overflowWrap: 'anywhere',
});

const noAnswer: Record<LogRecord['outcome'], string> = {
  completed: 'The answer was sent whole.',
  aborted: 'The client left before it had the whole answer. Check its time limit, and how long the call took.',
  unknown:
    'The process ended between the request and its answer. The work may or may not have been done: look at the resource before you repeat the call.',
  protocolError: 'What arrived was not valid HTTP, so it was refused before it reached the API.',
};

function whatToDo(record: LogRecord): string | undefined {
  const ofStatus = record.status === null ? undefined : statusCodeOf(record.status)?.whatToDo[0];
  return limitAdvice(record) ?? reasonText(record.reason)?.next ?? ofStatus;
}

function Meaning({ record }: { record: LogRecord }) {
  const entry = record.status === null ? null : statusCodeOf(record.status);
  const why = reasonText(record.reason);
  const detail = record.error?.detail;
  const next = whatToDo(record);
  return (
    <Notice tone={toneOf(record.status, record.outcome)}>
      <h3>{entry ? `${entry.code} ${entry.meaning}: ${entry.description}` : 'No answer was sent'}</h3>
      {record.outcome !== 'completed' && <p>{noAnswer[record.outcome]}</p>}
      {why && (
        <p>
          <strong>Why here:</strong> {why.what}
        </p>
      )}
      {detail && detail !== why?.what && (
        <p>
          <strong>Answered:</strong> {detail}
        </p>
      )}
      {next && (record.status ?? 500) >= 400 && (
        <p>
          <strong>What to do:</strong> {next}
        </p>
      )}
      <NextStep record={record} />
    </Notice>
  );
}

function KeyCard({ record, onRevoke }: { record: LogRecord; onRevoke: (key: RevocableKey) => void }) {
  const { apiKey } = record;
  const navigate = useNavigate();
  const mayRevoke = useCan('keys:write');
  const { data: now } = useGetOne<ApiKey>('api-keys', { id: apiKey?.id ?? '' }, { enabled: apiKey !== null, retry: false });
  if (!apiKey) return null;
  const state = now?.state ?? apiKey.currentState ?? apiKey.state;
  return (
    <section>
      <h3>API key</h3>
      <FactList
        facts={[
          { label: 'Name', value: <KeyName {...apiKey} /> },
          { label: 'State then', value: <KeyStateChip state={apiKey.state} /> },
          { label: 'State now', value: <KeyStateChip state={state} /> },
          { label: 'Service', value: [record.service, record.team, record.environment].filter(Boolean).join(' · ') },
          now !== undefined && { label: 'Last used', value: <TimeStamp at={now.lastUsedAt} relative missing="Never" /> },
          now?.revokedAt
            ? {
                label: 'Revoked',
                value: (
                  <>
                    <TimeStamp at={now.revokedAt} />
                    {now.revokeReason && ` · ${now.revokeReason}`}
                  </>
                ),
              }
            : null,
        ]}
      />
      <Row style={{ marginTop: 10 }}>
        {mayRevoke && state !== 'revoked' && (
          <Button variant="outlined" color="error" onClick={() => onRevoke(apiKey)}>
            Revoke…
          </Button>
        )}
        <Button variant="outlined" onClick={() => navigate(`/api-keys/${apiKey.id}/show`)}>
          Open key
        </Button>
      </Row>
    </section>
  );
}

/** What to do at once when this row is not what it should be. */
function Breach({ record, onRevoke }: { record: LogRecord; onRevoke: (key: RevocableKey) => void }) {
  const mayOpen = useCan('incidents:open');
  const mayRevoke = useCan('keys:write');
  const { id, apiKey, method, path, requestId } = record;
  if (!mayOpen) return null;
  const revocable = mayRevoke && apiKey !== null && (apiKey.currentState ?? apiKey.state) !== 'revoked';
  return (
    <section aria-label="Suspected breach?">
      <h3>Suspected breach?</h3>
      <Suspense fallback={<div aria-busy style={{ minHeight: 96 }} />}>
        <SuspectedBreach
          from={{ logIds: [id], label: `${method ?? ''} ${path ?? ''}`.trim() }}
          apiKeyId={apiKey?.id ?? null}
          onRevoke={revocable ? () => onRevoke(apiKey) : null}
          reference={{ what: 'request ID', id: requestId }}
          // Of a failure the help above has it.
          {...((record.status ?? 0) >= 500 ? {} : { bundle: `/v1/audit-logs/${id}/support-bundle` })}
        />
      </Suspense>
    </section>
  );
}

/** The address, and its page. */
function IpValue({ ip }: { ip: string }) {
  return (
    <>
      <Address ip={ip} />
      <AddressLink ip={ip} stop />
    </>
  );
}

function CallerFacts({ record }: { record: LogRecord }) {
  const { ip, country, userAgent, actor, keyFingerprint } = record;
  const who: Fact | null =
    actor.type === 'user'
      ? { label: 'Person', value: actor.name ?? actor.id }
      : actor.type === 'anonymous'
        ? { label: 'Caller', value: keyFingerprint ? 'A key that is not known here' : 'No key' }
        : null;
  return (
    <section>
      <h3>Caller</h3>
      <FactList
        facts={[
          who,
          { label: 'IP address', value: ip === null ? '–' : <IpValue ip={ip} /> },
          { label: 'Country', value: country ? `${countryName(country)} (${country})` : null },
          { label: 'User agent', value: userAgent ? <MonoText>{userAgent}</MonoText> : 'None sent' },
          keyFingerprint ? { label: 'Key fingerprint', value: <Mono>{keyFingerprint}</Mono> } : null,
          record.clientRequestId ? { label: 'Client’s own ID', value: <Mono>{record.clientRequestId}</Mono> } : null,
          record.traceId ? { label: 'Trace', value: <Mono>{record.traceId}</Mono> } : null,
        ]}
      />
      {country && <CountryCredit />}
    </section>
  );
}

const bytes = (count: number | null): string | null => (count === null ? null : sizeText(count));

function Details({ record }: { record: LogRecord }) {
  const query = Object.entries(record.query ?? {});
  const { limit } = record.error ?? {};
  return (
    <section>
      <h3>Request</h3>
      <FactList
        facts={[
          { label: 'Route', value: record.route ? <MonoText>{record.route}</MonoText> : 'No route matched' },
          {
            label: 'Query',
            value:
              query.length === 0
                ? null
                : query.map(([name, value]) => (
                    <div key={name}>
                      <MonoText>
                        {name}={typeof value === 'string' ? value : JSON.stringify(value)}
                      </MonoText>
                    </div>
                  )),
          },
          { label: 'Error code', value: record.error ? <MonoText>{record.error.code}</MonoText> : null },
          { label: 'Reason', value: record.reason ? <MonoText>{record.reason}</MonoText> : null },
          limit && { label: 'Limit', value: `${limitNames[limit.policy]}: ${countText(limit.perMinute)} a minute` },
          limit &&
            limit.otherKeysRoom !== null && {
              label: 'Room elsewhere',
              value: `${countText(limit.otherKeysRoom)} requests by other keys`,
            },
          { label: 'Received', value: bytes(record.requestBytes) },
          { label: 'Sent', value: bytes(record.responseBytes) },
          { label: 'Marks', value: record.marks.join(', ') },
          { label: 'Shown until', value: record.expiresAt ? <ShownUntil id={record.id} at={record.expiresAt} /> : null },
        ]}
      />
    </section>
  );
}

function ShownUntil({ id, at }: { id: string; at: string }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <TimeStamp at={at} />{' '}
      {asked ? (
        <Suspense fallback={null}>
          <KeptUntil id={id} />
        </Suspense>
      ) : (
        <Button size="small" onClick={() => setAsked(true)}>
          What then?
        </Button>
      )}
    </>
  );
}

function Permalink({ id }: { id: string }) {
  const [copied, copy] = useCopied();
  return (
    <Tooltip title={copied ? 'Copied' : 'Copy a link to this request'}>
      <IconButton size="small" aria-label={copied ? 'Copied' : 'Copy a link to this request'} onClick={() => copy(permalinkOf(id))}>
        <Link />
      </IconButton>
    </Tooltip>
  );
}

function Body({ record, onFilter, onRevoke }: { record: LogRecord; onFilter: FilterBy; onRevoke: (key: RevocableKey) => void }) {
  const navigate = useNavigate();
  return (
    <>
      <section>
        <Headline>
          <MethodTag method={record.method} />
          <MonoText style={{ fontWeight: 500, fontSize: 14 }}>{record.path ?? 'No path'}</MonoText>
          <StatusChip status={record.status} outcome={record.outcome} words />
        </Headline>
        <FactList
          facts={[
            { label: 'Time', value: <TimeStamp at={record.startedAt} /> },
            { label: 'Request ID', value: <Mono copyLabel="Copy request ID">{record.requestId}</Mono> },
          ]}
        />
        <div style={{ margin: '10px 0 12px' }}>
          <Meaning record={record} />
        </div>
        <Row>
          {record.apiKey && (
            <Button variant="outlined" onClick={() => onFilter('apiKeyId', record.apiKey?.id ?? '', false)}>
              Same key
            </Button>
          )}
          {record.ip && (
            <Button variant="outlined" onClick={() => onFilter('ip', record.ip ?? '', false)}>
              Same IP address
            </Button>
          )}
          {record.ip && (
            <Button variant="outlined" onClick={() => navigate(addressPage(record.ip ?? ''))}>
              About this address
            </Button>
          )}
          {record.keyFingerprint && (
            <Button variant="outlined" onClick={() => onFilter('keyFingerprint', record.keyFingerprint ?? '', false)}>
              Same unknown key
            </Button>
          )}
          <Button variant="outlined" onClick={() => onFilter('requestId', record.requestId, false)}>
            Same request ID
          </Button>
        </Row>
      </section>
      <Suspense fallback={null}>
        <FindingsOfRecord record={record} />
      </Suspense>
      {(record.status ?? 0) >= 400 && (
        <Suspense fallback={<section aria-busy style={{ minHeight: 96 }} />}>
          <RecordHelp key={record.id} record={record} />
        </Suspense>
      )}
      <KeyCard record={record} onRevoke={onRevoke} />
      <CallerFacts record={record} />
      <Breach record={record} onRevoke={onRevoke} />
      <section>
        <h3>Timing · {duration(record.durationMs)} ms</h3>
        <TimingBar record={record} />
      </section>
      <Details record={record} />
      <section>
        <h3>As curl</h3>
        <CodeBlock code={curlOf(record, window.location.origin)} label="curl command" />
        <h3 style={{ marginTop: 16 }}>Raw record</h3>
        <CodeBlock code={JSON.stringify(record, null, 2)} label="JSON of the record" />
      </section>
    </>
  );
}

/** What the log says about itself: that something is missing, or how it records from now on. */
function NoticeBody({ record }: { record: LogRecord }) {
  const { title, why, range } = noticeOf(record);
  return (
    <>
      <section>
        <Notice tone={record.kind === 'gap' ? 'client' : 'unknown'}>
          <h3>{title}</h3>
          <p>{why}</p>
        </Notice>
        <div style={{ marginTop: 12 }}>
          <FactList
            facts={[
              { label: 'Recorded', value: <TimeStamp at={record.startedAt} /> },
              range && { label: 'From', value: <TimeStamp at={range.from} /> },
              range && { label: 'To', value: <TimeStamp at={range.to} /> },
              record.ip ? { label: 'IP address', value: <IpValue ip={record.ip} /> } : null,
            ]}
          />
          {record.country && <CountryCredit />}
        </div>
      </section>
      <section>
        <h3>Raw record</h3>
        <CodeBlock code={JSON.stringify(record, null, 2)} label="JSON of the record" />
      </section>
    </>
  );
}

type Props = { id: string; onClose: () => void; onFilter: FilterBy; onRevoke: (key: RevocableKey) => void };

export function LogPanel({ id, onClose, onFilter, onRevoke }: Props) {
  const { data: record, error, refetch } = useGetOne<LogRecord>('audit-logs', { id }, { retry: false });
  return (
    <SidePanel
      label="Request"
      title={record?.kind === 'gap' ? 'Gap' : record?.kind === 'mode' ? 'Recording mode' : 'Request'}
      actions={<Permalink id={id} />}
      onClose={onClose}
    >
      {record && record.kind !== 'request' ? (
        <NoticeBody record={record} />
      ) : record ? (
        <Body record={record} onFilter={onFilter} onRevoke={onRevoke} />
      ) : error ? (
        <section>
          <ProblemView error={error} retry={() => void refetch()} />
        </section>
      ) : (
        <section aria-busy>
          {[320, 220, 260, 400, 180].map((width) => (
            <Skeleton key={width} width={width} height={14} style={{ marginBottom: 14 }} />
          ))}
        </section>
      )}
    </SidePanel>
  );
}
