/** One version of normal usage: a draft to put right, or what was approved, by whom and when. */
import { can } from '@pinebill/contract';
import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import { LinkBase, useGetList, useGetOne, useNavigate, useParams } from 'react-admin';
import type { Baseline } from '../api-types';
import { countText } from '../elements/figures';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { useSession } from '../session/use-session';
import { usagePath, useUsageCalls, useUsageChanged } from './usage-calls';
import { UsageFacts } from './UsageFacts';
import { ofWhom, UsageState } from './UsageMarks';

// The list of countries is for the few who change something.
const UsageEditor = lazy(async () => ({ default: (await import('./UsageEditor')).UsageEditor }));

function Observed({ usage: { observed } }: { usage: Baseline }) {
  const { requests, from, to, limitedBy } = observed;
  const why = { retention: 'The plan keeps no more.', size: 'Of so many, the newest were looked at.' };
  return (
    <Notice tone="unknown" style={{ marginBottom: 16, maxWidth: 720 }}>
      <strong>Drafted from the log</strong>
      <p>
        {countText(requests)} requests that succeeded, <TimeStamp at={from} /> to <TimeStamp at={to} />. {limitedBy && why[limitedBy]}{' '}
        Networks and countries of open findings were left out. {requests === 0 && 'There was nothing to go by: fill in what you expect.'}
      </p>
    </Notice>
  );
}

function useOthers(usage: Baseline): readonly Baseline[] {
  const { data = [] } = useGetList<Baseline>(
    'baselines',
    { filter: usage.apiKey ? { apiKeyId: usage.apiKey.id } : {}, pagination: { page: 1, perPage: 200 } },
    { retry: false },
  );
  return data.filter(({ id, apiKey }) => id !== usage.id && apiKey?.id === usage.apiKey?.id);
}

/** Of a version in force a draft is made that begins with it: nothing that somebody wrote is lost. */
function Change({ usage, draft }: { usage: Baseline; draft: Baseline | undefined }) {
  const calls = useUsageCalls();
  const changed = useUsageChanged();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  if (draft)
    return (
      <Button variant="outlined" component={LinkBase} to={usagePath(draft.id)}>
        Go on with the draft
      </Button>
    );
  const begin = async (): Promise<void> => {
    try {
      const { id } = await calls.draft(usage.apiKey?.id ?? null, 'current');
      await changed();
      navigate(usagePath(id));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <>
      {error !== null && <ProblemView error={error} />}
      <Button variant="outlined" onClick={() => void begin()}>
        Change…
      </Button>
    </>
  );
}

function Versions({ others }: { others: readonly Baseline[] }) {
  if (others.length === 0) return null;
  return (
    <Part>
      <h2>Other versions</h2>
      <ul style={{ margin: 0, paddingLeft: 18, fontSize: 13, lineHeight: '24px' }}>
        {others.map((one) => (
          <li key={one.id}>
            <LinkBase to={usagePath(one.id)}>Version {one.version}</LinkBase> <UsageState {...one} />{' '}
            {one.approvedAt && (
              <>
                approved by {one.approvedBy} <TimeStamp at={one.approvedAt} relative />
              </>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function About({ usage }: { usage: Baseline }) {
  const { approvedAt, approvedBy, supersededAt, draftedAt, draftedBy } = usage;
  return (
    <span style={{ display: 'inline-flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'center' }}>
      <UsageState {...usage} />
      <span>
        Version {usage.version}, drafted by {draftedBy} <TimeStamp at={draftedAt} relative />
        {approvedAt && (
          <>
            , approved by {approvedBy} <TimeStamp at={approvedAt} />
          </>
        )}
        {supersededAt && (
          <>
            , in force until <TimeStamp at={supersededAt} />
          </>
        )}
      </span>
    </span>
  );
}

function Body({ usage, mayChange, refetch }: { usage: Baseline; mayChange: boolean; refetch: () => void }) {
  const navigate = useNavigate();
  const isEdited = usage.state === 'draft' && mayChange;
  const others = useOthers(usage);
  return (
    <Page title={`Normal usage: ${ofWhom(usage)}`} lead={<About usage={usage} />}>
      <Observed usage={usage} />
      {isEdited ? (
        <Suspense fallback={<UsageFacts usage={usage} />}>
          <UsageEditor
            usage={usage}
            inForce={others.find(({ state }) => state === 'approved') ?? null}
            onDone={refetch}
            onRemoved={() => navigate('/normal-usage')}
          />
        </Suspense>
      ) : (
        <UsageFacts usage={usage} />
      )}
      {usage.state === 'approved' && mayChange && (
        <div style={{ marginTop: 16 }}>
          <Change usage={usage} draft={others.find(({ state }) => state === 'draft')} />
        </div>
      )}
      <Versions others={others} />
    </Page>
  );
}

export function UsagePage() {
  const { id = '' } = useParams();
  const session = useSession();
  const { data, error, refetch } = useGetOne<Baseline>('baselines', { id }, { retry: false });
  if (data && session) return <Body usage={data} mayChange={can(session.role, 'findings:write')} refetch={() => void refetch()} />;
  if (!error) return <PageSkeleton />;
  return (
    <Page title="Normal usage">
      <PageProblem error={error} retry={() => void refetch()} list={{ to: '/normal-usage', label: 'All of normal usage' }} />
    </Page>
  );
}
