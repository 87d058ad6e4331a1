/** What is known about why this one request ended as it did, beyond its status and reason, and the way on: from `GET /v1/audit-logs/{id}/help`. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { LinkBase, useDataProvider, useNavigate } from 'react-admin';
import type { LogHelp, LogRecord } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { DataTable } from '../elements/DataTable';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import { contactLinks, seconds, type ContactLink } from './help-words';

const Text = styled('div')({ display: 'grid', gap: 8, fontSize: 13, lineHeight: '20px', '& p': { margin: 0, overflowWrap: 'anywhere' } });

type Props = { record: LogRecord };
type Known = Props & { help: LogHelp };

/** Each field that was wrong: where, by which rule, and what it takes. Values were never recorded. */
function Issues({ record: { error } }: Props) {
  const issues = error?.issues ?? [];
  if (issues.length === 0) return null;
  return (
    <DataTable label="What was wrong" compact>
      <thead>
        <tr>
          {['Where', 'Rule', 'Takes'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {issues.map(({ pointer, rule, expected }) => (
          <tr key={`${pointer} ${rule}`}>
            <td className="wrap" style={{ width: '40%' }}>
              <MonoText>{pointer || 'the whole body'}</MonoText>
            </td>
            {/* A name: broken in the middle nobody recognises it. */}
            <td className="fit" data-label="Rule">
              <MonoText>{rule}</MonoText>
            </td>
            <td className="wrap" data-label="Takes">
              {expected}
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function Scope({ help: { scope } }: Known) {
  if (!scope) return null;
  const now =
    scope.hasItNow === null
      ? 'The key is gone.'
      : scope.hasItNow
        ? 'It has this scope by now: the same call goes through.'
        : 'It does not have it now either: an admin can add it to the key, or make a key that has it.';
  return (
    <p>
      The key lacked the scope <MonoText>{scope.needed ?? 'that the operation needs'}</MonoText>. {now}
    </p>
  );
}

const kinds: Record<NonNullable<LogHelp['notFound']>['kind'], string> = {
  noSuchRoute: 'The API has no endpoint at this address.',
  wrongVersion: 'The version in the address is wrong: all endpoints are below /v1.',
  unknownId: 'The endpoint exists; what is not there is the id in its address.',
};

function NotFound({ help: { notFound } }: Known) {
  if (!notFound) return null;
  const { kind, nearest, hasFormOfId } = notFound;
  return (
    <>
      <p>
        {kinds[kind]}
        {kind === 'unknownId' &&
          (hasFormOfId
            ? ' It has the form of an id, so it was deleted, belongs to another organization, or never existed.'
            : ' It does not even have the form of an id, such as inv_ and 26 characters: look where the program takes it from.')}
      </p>
      {nearest && (
        <p>
          The nearest endpoint is <MethodTag method={nearest.method} /> <MonoText>{nearest.route}</MonoText>:{' '}
          <a href={nearest.reference}>{nearest.summary}</a>.
        </p>
      )}
    </>
  );
}

function Retry({ help: { retry } }: Known) {
  if (!retry) return null;
  const { retryAfterSeconds, retryAt, next, respected } = retry;
  return (
    <>
      <p>
        The answer said <MonoText>Retry-After: {retryAfterSeconds}</MonoText>, so the next try was due at <TimeStamp at={retryAt} />.
      </p>
      {next ? (
        <p>
          {respected ? 'The client waited: ' : 'The client did not wait: '}
          <LinkBase to={`/audit-logs?open=${next.id}`}>the next request of the key</LinkBase> came after {seconds(next.afterSeconds)}
          {respected ? '.' : `, ${seconds(retryAfterSeconds - next.afterSeconds)} too early.`}
        </p>
      ) : (
        <p>{respected === null && 'No later request of the same key is in the log.'}</p>
      )}
    </>
  );
}

const Contact = ({ links }: { links: readonly ContactLink[] }): ReactNode =>
  links.map(({ href, label }, index) => (
    <span key={href}>
      {index > 0 && ', '}
      <a href={href}>{label}</a>
    </span>
  ));

function Failure({ help: { failure, requestId } }: Known) {
  if (!failure) return null;
  const { persists, times, from, to, contact } = failure;
  const links = contactLinks(contact, requestId);
  if (!persists) {
    return (
      <p>
        {times === 1 ? 'It came once' : `It came ${times} times`} within ten minutes: <strong>retry with back-off</strong>. If it comes
        back, contact support with the request ID.
      </p>
    );
  }
  return (
    <>
      <p>
        <strong>It persists:</strong> the same endpoint failed with the same status {times} times between <TimeStamp at={from} /> and{' '}
        <TimeStamp at={to} />.
      </p>
      <p>
        <strong>Contact support</strong> with the request ID <MonoText>{requestId}</MonoText>:{' '}
        {links.length > 0 ? <Contact links={links} /> : 'an admin of your organization'}. The bundle has what they need.
      </p>
    </>
  );
}

const mayTryAgain = (status: number | null): boolean => status === 429 || (status ?? 0) >= 500;

function Ways({ record, help }: Known) {
  const navigate = useNavigate();
  const { operation } = help;
  const checkable = record.status === 400 && operation?.takesBody;
  return (
    <Row>
      {checkable && (
        <Button variant="outlined" onClick={() => navigate(`/check-payload?operation=${encodeURIComponent(operation.id)}`)}>
          Check a payload
        </Button>
      )}
      <Button variant="outlined" href={operation?.reference ?? '/docs'}>
        {operation ? `API reference: ${operation.summary}` : 'API reference'}
      </Button>
      {mayTryAgain(record.status) && (
        <Button variant="outlined" onClick={() => navigate('/back-off')}>
          How to retry with back-off
        </Button>
      )}
      {(record.status ?? 0) >= 500 && (
        <Button variant="outlined" href={`/v1/audit-logs/${record.id}/support-bundle`} download>
          Download support bundle
        </Button>
      )}
    </Row>
  );
}

export function RecordHelp({ record }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const {
    data: help,
    error,
    refetch,
  } = useQuery({
    queryKey: ['audit-logs', record.id, 'help'],
    queryFn: () => dataProvider.logHelp(record.id),
    retry: false,
  });
  return (
    <section aria-label="In this case">
      <h3>In this case</h3>
      <Text>
        <Issues record={record} />
        {error && <ProblemView error={error} retry={() => void refetch()} />}
        {!help && !error && <HelpSkeleton />}
        {help && (
          <>
            <Scope {...{ record, help }} />
            <NotFound {...{ record, help }} />
            <Retry {...{ record, help }} />
            <Failure {...{ record, help }} />
            <Ways {...{ record, help }} />
          </>
        )}
      </Text>
    </section>
  );
}

const HelpSkeleton = () => (
  <div aria-busy>
    <Skeleton width="90%" height={14} style={{ marginBottom: 10 }} />
    <Skeleton width={180} height={32} />
  </div>
);
