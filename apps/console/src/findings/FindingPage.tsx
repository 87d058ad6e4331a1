/** One finding: first what it means, then the numbers, a few of its rows, and what to do. */
import { factLabel, factText } from '@pinebill/contract';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useState, type ReactNode } from 'react';
import { LinkBase, useGetOne, useNavigate, useParams } from 'react-admin';
import type { FindingDetail } from '../api-types';
import { FactList } from '../elements/FactList';
import { countText } from '../elements/figures';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { RecordLines } from '../elements/RecordLines';
import { TimeStamp } from '../elements/TimeStamp';
import { SeverityChip } from '../incidents/Marks';
import { incidentPath } from '../incidents/incident-words';
import { Page, PageSkeleton, Part, Row } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { useCan } from '../session/use-session';
import { useFindingCalls, useFindingChanged } from './finding-calls';
import { detectorPath, restrictLink, rowsOf } from './finding-words';
import { FindingStateChip, Subject } from './FindingMarks';
import { NormalDialog } from './NormalDialog';

const ASK_EVERY_MS = 15_000;
const Lead = styled('span')({ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 8px' });
const Meaning = styled('p')(({ theme }) => ({
  margin: '0 0 16px',
  maxWidth: 720,
  fontSize: 15,
  lineHeight: '24px',
  color: theme.palette.tone.text,
}));
const Columns = styled('div')({
  display: 'grid',
  gap: '20px 32px',
  gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))',
  maxWidth: 1_000,
});
const Numbers = styled('section')({
  minWidth: 0,
  '& h2': { margin: '0 0 4px', fontSize: 13, fontWeight: 600, lineHeight: '20px' },
  '& p': { margin: 0, fontSize: 13, lineHeight: '20px' },
});
const Advice = styled('ol')({ margin: 0, paddingLeft: 20, maxWidth: 680, fontSize: 14, lineHeight: '22px', '& li + li': { marginTop: 4 } });

function Facts({ title, facts, none }: { title: string; facts: FindingDetail['seen']; none?: string }) {
  const entries = Object.entries(facts);
  return (
    <Numbers>
      <h2>{title}</h2>
      {entries.length === 0 ? (
        <p>{none}</p>
      ) : (
        <FactList facts={entries.map(([name, value]) => ({ label: factLabel(name), value: factText(name, value) }))} />
      )}
    </Numbers>
  );
}

function About({ finding }: { finding: FindingDetail }) {
  const { from, to, count } = finding;
  return (
    <Lead>
      <SeverityChip {...finding} />
      <FindingStateChip {...finding} />
      <span>
        <Subject {...finding} />:{' '}
        {count === 0 ? (
          <>
            no request since <TimeStamp at={from} />, last looked at <TimeStamp at={to} />
          </>
        ) : (
          <>
            {countText(count)} {count === 1 ? 'request' : 'requests'}, <TimeStamp at={from} /> to <TimeStamp at={to} />
          </>
        )}
      </span>
    </Lead>
  );
}

/** What was done about it stands where it can be done. */
function useIncidentOf(finding: FindingDetail, onError: (error: unknown) => void) {
  const calls = useFindingCalls();
  const changed = useFindingChanged();
  const navigate = useNavigate();
  return async (): Promise<void> => {
    try {
      const { incidentId } = await calls.openIncident(finding.id);
      await changed();
      if (incidentId !== null) navigate(incidentPath(incidentId, 'contained'));
    } catch (error) {
      onError(error);
    }
  };
}

type DeedsProps = { finding: FindingDetail; onError: (error: unknown) => void; onNormal: () => void };

function Deeds({ finding, onError, onNormal }: DeedsProps) {
  const mayDecide = useCan('findings:write');
  const mayCheck = useCan('incidents:write');
  const mayRestrict = useCan('organization:write');
  const openIncident = useIncidentOf(finding, onError);
  const link = (to: string, children: ReactNode, variant: 'contained' | 'outlined' = 'outlined') => (
    <Button variant={variant} component={LinkBase} to={to}>
      {children}
    </Button>
  );
  const restrict = restrictLink(finding);
  return (
    <Row>
      {link(rowsOf(finding), finding.count === 0 ? 'Show its last requests' : 'Show rows', 'contained')}
      {finding.incidentId !== null && link(incidentPath(finding.incidentId), 'Go to the incident')}
      {finding.incidentId === null && mayDecide && (
        <Button variant="outlined" color="error" onClick={() => void openIncident()}>
          Open incident
        </Button>
      )}
      {mayCheck && link('/leak-check', 'Check whether a key leaked')}
      {mayRestrict && restrict !== null && link(restrict, 'Restrict networks or countries…')}
      {mayDecide && finding.state !== 'normal' && <Button onClick={onNormal}>This is normal…</Button>}
    </Row>
  );
}

function Decision({ finding, onError }: Pick<DeedsProps, 'finding' | 'onError'>) {
  const mayDecide = useCan('findings:write');
  const calls = useFindingCalls();
  const changed = useFindingChanged();
  if (finding.decision === null) return null;
  const { by, at, because } = finding.decision;
  const takeBack = (): void => void calls.takeBack(finding.id).then(changed, onError);
  return (
    <Notice tone="success" style={{ marginBottom: 16, maxWidth: 720 }}>
      <strong>{by} has said that this is normal</strong>
      <p>
        “{because}” <TimeStamp at={at} relative />. The same is not found again.
      </p>
      {mayDecide && (
        <div>
          <Button variant="outlined" onClick={takeBack}>
            Take it back
          </Button>
        </div>
      )}
    </Notice>
  );
}

function Samples({ finding }: { finding: FindingDetail }) {
  const { samples, sampleIds } = finding;
  return (
    <Part>
      <h2>
        {finding.count === 0 ? 'Its last requests' : samples.length === 1 ? 'One of its requests' : `${samples.length} of its requests`}
        <LinkBase to={rowsOf(finding)}>All in API Logs</LinkBase>
      </h2>
      {finding.detector === 'consistentBadRequests' && (
        <p>The log is not searched by field and rule: API Logs shows all requests of this endpoint that were refused for this reason.</p>
      )}
      {sampleIds.length > samples.length && <p>Others are no longer kept, or not for you to see.</p>}
      {samples.length > 0 && <RecordLines records={samples} rows={samples.length} withCaller={finding.subject.kind !== 'key'} />}
    </Part>
  );
}

function Body({ finding }: { finding: FindingDetail }) {
  const [error, setError] = useState<unknown>(null);
  const [calling, setCalling] = useState(false);
  const { title, meaning, seen, normal, threshold, causes, advice } = finding;
  return (
    <Page title={title} lead={<About finding={finding} />}>
      {error !== null && <ProblemView error={error} />}
      <Decision finding={finding} onError={setError} />
      <Meaning>{meaning}</Meaning>
      <Deeds finding={finding} onError={setError} onNormal={() => setCalling(true)} />
      <Part style={{ marginTop: 28 }}>
        <Columns>
          <Facts title="What was seen" facts={seen} />
          <Facts title="What is normal here" facts={normal} none="Nothing of this kind: the threshold alone counts." />
          <Facts title="Beyond this it is found" facts={threshold} />
        </Columns>
      </Part>
      <p style={{ margin: '12px 0 28px', fontSize: 13 }}>
        <LinkBase to={detectorPath(finding.document)}>How this is found</LinkBase>: what it looks at, its thresholds and why, what looks
        like it and is not.
      </p>
      <Samples finding={finding} />
      <Part>
        <h2>What to do</h2>
        <Advice>
          {advice.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </Advice>
      </Part>
      <Part>
        <h2>What is likely behind it</h2>
        <Advice as="ul">
          {causes.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </Advice>
      </Part>
      {calling && <NormalDialog finding={finding} onClose={() => setCalling(false)} />}
    </Page>
  );
}

export function FindingPage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useGetOne<FindingDetail>('findings', { id }, { retry: false, refetchInterval: ASK_EVERY_MS });
  // Whoever comes from the list finds its row here first, which is less than the page needs.
  const finding = data && 'seen' in data ? data : undefined;
  if (finding) return <Body finding={finding} />;
  if (!error) return <PageSkeleton />;
  return (
    <Page title="Finding">
      <PageProblem error={error} retry={() => void refetch()} list={{ to: '/findings', label: 'All findings' }} />
    </Page>
  );
}
