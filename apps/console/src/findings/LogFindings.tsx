/** What detection has to say on the page of the log: a line when something bad is open, and which of the rows belong to a finding. */
import { useEffect, useMemo } from 'react';
import { LinkBase } from 'react-admin';
import type { Finding, LogRecord } from '../api-types';
import { Notice } from '../elements/Notice';
import { usePush } from '../elements/use-push';
import { belongsTo } from './belongs';
import { findingPath } from './finding-words';
import { useOpenFindings } from './use-open-findings';

type Props = { rows: readonly LogRecord[]; onMarked: (ids: ReadonlySet<string>) => void };

export function LogFindings({ rows, onMarked }: Props) {
  const { grave, others: small, hasMoreGrave } = useOpenFindings();
  const tests = useMemo(() => [...grave, ...small].map(belongsTo), [grave, small]);
  const marked = rows.flatMap((record) => (tests.some((belongs) => belongs(record)) ? [record.id] : [])).join(' ');
  // Told only when it is another answer: rows come and go all the time while the log is followed.
  useEffect(() => onMarked(new Set(marked === '' ? [] : marked.split(' '))), [marked, onMarked]);
  const isCritical = ({ severity }: Finding): boolean => severity === 'critical';
  const [worst, ...others] = [...grave.filter(isCritical), ...grave.filter((finding) => !isCritical(finding))];
  return worst ? <GraveLine worst={worst} others={others.length} more={hasMoreGrave} /> : null;
}

function GraveLine({ worst, others, more }: { worst: Finding; others: number; more: boolean }) {
  const line = usePush<HTMLDivElement>();
  return (
    <Notice ref={line} tone="server" role="status" style={{ marginBottom: 10 }}>
      <strong>{worst.title}</strong> {worst.subject.name}. <LinkBase to={findingPath(worst.id)}>What it means and what to do</LinkBase>
      {others > 0 && (
        <>
          {' · '}
          <LinkBase to="/findings">{`and ${others}${more ? ' or' : ''} more`}</LinkBase>
        </>
      )}
    </Notice>
  );
}

/** In the panel of a request: the findings that it belongs to. */
export function FindingsOfRecord({ record }: { record: LogRecord }) {
  const { grave, others } = useOpenFindings();
  const findings = [...grave, ...others].filter((finding) => belongsTo(finding)(record));
  if (findings.length === 0) return null;
  return (
    <section>
      <h3>Part of a finding</h3>
      {findings.map(({ id, title, subject }) => (
        <div key={id}>
          <LinkBase to={findingPath(id)}>{title}</LinkBase>: {subject.name}
        </div>
      ))}
    </section>
  );
}
