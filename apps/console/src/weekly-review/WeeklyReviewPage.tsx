/** One week: what to look at first, what happened, how things stood, and the signature. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { LinkBase, useDataProvider, useParams } from 'react-admin';
import { sentenceOf } from '../activity/activity-words';
import { HashCheck } from '../access-review/HashCheck';
import type { ReviewView, WeeklyReview } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { FactList } from '../elements/FactList';
import { FormDialog } from '../elements/FormDialog';
import { numberOf } from '../elements/figures';
import { Mono } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';
import { stateWords } from '../findings/finding-words';
import { severities } from '../incidents/incident-words';
import { SeverityChip } from '../incidents/Marks';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { useCan } from '../session/use-session';
import { courseText, isLate, stateOf, weekText } from './weekly-words';

type Digest = WeeklyReview['digest'];

/** The hash, and what it was made of: whoever has that can make it again. */
function Evidence({ reviewId, sha256 }: NonNullable<WeeklyReview['signature']>) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data } = useQuery({
    queryKey: ['signed-review', reviewId],
    queryFn: async () => (await dataProvider.getOne<ReviewView>('reviews', { id: reviewId })).data,
    retry: false,
  });
  return (
    <FactList
      facts={[
        { label: 'SHA-256', value: <Mono copyLabel="Copy the hash">{sha256}</Mono> },
        data !== undefined && { label: 'Check', value: <HashCheck review={data} /> },
        {
          label: 'Evidence',
          value: (
            <a href={`/v1/reviews/${reviewId}`} target="_blank" rel="noreferrer">
              {reviewId}
            </a>
          ),
        },
      ]}
    />
  );
}

function Signed({ review }: { review: WeeklyReview }) {
  const { signature, dueAt, overdue } = review;
  if (signature === null)
    return (
      <Notice tone={overdue ? 'server' : 'client'} style={{ marginBottom: 24, maxWidth: 760 }}>
        <strong>{overdue ? 'This review is overdue.' : 'Nobody has signed this week off yet.'}</strong>
        <p>
          {overdue ? 'It was due on ' : 'It is due on '}
          <TimeStamp at={dueAt} />.
        </p>
      </Notice>
    );
  return (
    <Notice tone="success" style={{ marginBottom: 24, maxWidth: 760 }}>
      <strong>
        Signed off by {signature.signedBy} on <TimeStamp at={signature.signedAt} />
      </strong>
      <p>{signature.note ?? 'Without a note.'}</p>
      <p>It is kept as evidence, with its hash, and is part of every export of evidence.</p>
      <Evidence {...signature} />
    </Notice>
  );
}

function Attention({ attention }: Digest) {
  return (
    <Part>
      <h2>To look at first</h2>
      {attention.length === 0 ? (
        <p>Nothing stands out.</p>
      ) : (
        <ul>
          {attention.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </Part>
  );
}

/** Why there is less to compare than a week and the one before; null: there is not. */
function coverText({ digest, from }: WeeklyReview): ReactNode {
  const { period, trafficBefore } = digest;
  if (period === null) return 'The plan showed no requests of this week any more when the review was made.';
  if (period.from !== from)
    return (
      <>
        Requests are counted from <TimeStamp at={period.from} /> on: the plan showed none of before when the review was made.
        {trafficBefore === null && ' So they are not compared with the week before.'}
      </>
    );
  return trafficBefore === null
    ? 'Of the week before neither the log nor a review has all requests, so there is nothing to compare with.'
    : null;
}

function Figures({ review }: { review: WeeklyReview }) {
  const { traffic, trafficBefore, findings, incidents, hygiene } = review.digest;
  const cover = coverText(review);
  return (
    <Part>
      <h2>The week</h2>
      <FactList
        facts={[
          { label: 'Requests', value: courseText(traffic.requests, trafficBefore?.requests) },
          { label: 'Refused (4xx)', value: courseText(traffic.clientErrors, trafficBefore?.clientErrors) },
          { label: 'Failed (5xx)', value: courseText(traffic.serverErrors, trafficBefore?.serverErrors) },
          { label: 'Findings', value: `${courseText(findings.opened, findings.openedBefore)}; ${findings.open} open` },
          {
            label: 'Incidents',
            value: `${incidents.opened} opened, ${incidents.closed} closed, ${incidents.open.length + incidents.openMore} open`,
          },
          { label: 'Keys', value: `${hygiene.keys} living, of which ${hygiene.toDo} need somebody` },
          { label: 'Hygiene', value: hygiene.sections.map(({ title, count }) => `${title}: ${count}`).join(', ') },
        ]}
      />
      {cover !== null && <p>{cover}</p>}
    </Part>
  );
}

type Listed = { title: string; list: Digest['findings']['list']; more: number };

function FindingList({ title, list, more }: Listed) {
  if (list.length === 0 && more === 0) return null;
  return (
    <Part>
      <h2>{title}</h2>
      {list.length > 0 && (
        <DataTable label={title}>
          <thead>
            <tr>
              {['Finding', 'About', 'Severity', 'State then', 'Opened'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.map(({ id, title: what, subject, severity, state, openedAt }) => (
              <tr key={id}>
                <td style={{ width: '55%' }}>
                  <LinkBase to={`/findings/${id}`}>{what}</LinkBase>
                </td>
                <td style={{ width: '45%' }} data-label="About">
                  {subject}
                </td>
                <td className="fit" data-label="Severity">
                  <SeverityChip severity={severity} />
                </td>
                <td className="fit" data-label="State then">
                  {stateWords[state].label}
                </td>
                <td className="fit" data-label="Opened">
                  <TimeStamp at={openedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {more > 0 && (
        <p>{`${list.length === 0 ? '' : 'And '}${numberOf(more, list.length === 0 ? 'finding' : 'other')}, not listed here: see Findings.`}</p>
      )}
    </Part>
  );
}

function Findings({ findings }: Digest) {
  const { list, more, openList, openMore, leftOut } = findings;
  return (
    <>
      <FindingList title="Findings of the week" list={list} more={more} />
      <FindingList title="Findings that were open" list={openList} more={openMore} />
      {leftOut > 0 && (
        <Part>
          <p>Left out here: {numberOf(leftOut, 'finding')} about unknown callers. Admins see them under Findings.</p>
        </Part>
      )}
    </>
  );
}

function Lists({ changes, changesMore, incidents }: Digest) {
  return (
    <>
      {incidents.open.length > 0 && (
        <Part>
          <h2>Incidents that were open</h2>
          <ul>
            {incidents.open.map(({ id, number, title, severity }) => (
              <li key={id}>
                <LinkBase to={`/incidents/${id}`}>
                  #{number} {title}
                </LinkBase>
                , {severities[severity].label.toLowerCase()}
              </li>
            ))}
            {incidents.openMore > 0 && <li>And {numberOf(incidents.openMore, 'other')}.</li>}
          </ul>
        </Part>
      )}
      <Part>
        <h2>
          What people changed <LinkBase to="/activity">Open Activity</LinkBase>
        </h2>
        {changes.length === 0 ? (
          <p>Nothing.</p>
        ) : (
          <ul>
            {changes.map(({ action, count }) => (
              <li key={action}>
                {sentenceOf({ action, after: null })}: {count}
              </li>
            ))}
            {changesMore > 0 && <li>Something else: {changesMore}</li>}
          </ul>
        )}
      </Part>
    </>
  );
}

function SignDialog({ review, onClose, onSigned }: { review: WeeklyReview; onClose: () => void; onSigned: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const sign = async (typed: FormData): Promise<void> => {
    const note = (typed.get('note') as string).replace(/\s+/g, ' ').trim(); // the form has no files
    await dataProvider.signWeeklyReview(review.id, note);
    onSigned();
  };
  return (
    <FormDialog title="Sign off the week" action="Sign off" busy="Signing…" onSubmit={sign} onClose={onClose}>
      <span>
        You say that you have looked at the week of {weekText(review)}. What is on the page is kept with your name, the time and a hash;
        nobody can change or delete it.
        {review.attention > 0 &&
          ` ${review.attention === 1 ? 'One thing stands' : `${review.attention} things stand`} out: say what you do about it.`}
      </span>
      <TextField name="note" label="Note" multiline minRows={2} autoFocus slotProps={{ htmlInput: { maxLength: 2_000 } }} />
    </FormDialog>
  );
}

export function WeeklyReviewPage() {
  const { id = '' } = useParams();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const maySign = useCan('reviews:write');
  const [signing, setSigning] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['weekly-review', id],
    // Not useGetOne: it begins with the row of the list, which has no digest.
    queryFn: async () => (await dataProvider.getOne<WeeklyReview>('weekly-reviews', { id })).data,
    retry: false,
  });
  if (error)
    return (
      <Page title="Weekly review">
        <PageProblem error={error} retry={() => void refetch()} list={{ to: '/weekly-reviews', label: 'All weekly reviews' }} />
      </Page>
    );
  if (!data) return <PageSkeleton />;
  const { text, tone } = stateOf(data);
  return (
    <Page
      title={`Week of ${weekText(data)}`}
      lead={
        <>
          <Chip tone={tone}>{text}</Chip> As things stood on <TimeStamp at={data.madeAt} />
          {isLate(data) ? ': PineBill was not running when the week ended.' : '.'}
        </>
      }
      actions={
        maySign &&
        data.signature === null && (
          <Button variant="contained" onClick={() => setSigning(true)}>
            Sign off…
          </Button>
        )
      }
    >
      <Signed review={data} />
      <Attention {...data.digest} />
      <Figures review={data} />
      <Findings {...data.digest} />
      <Lists {...data.digest} />
      {signing && (
        <SignDialog
          review={data}
          onClose={() => setSigning(false)}
          onSigned={() => {
            setSigning(false);
            void queryClient.invalidateQueries();
          }}
        />
      )}
    </Page>
  );
}
