import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { LinkBase } from 'react-admin';
import type { PreviewCaller, RestrictionsPreview } from '../api-types';
import { Address, AddressLink } from '../elements/Address';
import { CountryCredit } from '../elements/CountryCredit';
import { DataTable } from '../elements/DataTable';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { exactTime } from '../elements/times';
import { TimeStamp } from '../elements/TimeStamp';
import { countText, numberOf } from '../elements/figures';

const DAY_MS = 86_400_000;
/** The API lists no more. */
const MOST = 20;

/** "In the last 30 days", or how much of them there was to look at, and why. */
function period({ from, to, limitedBy }: RestrictionsPreview): string {
  if (limitedBy === 'size') return `Since ${exactTime(new Date(from))} (there are too many calls to look further back)`;
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
  return `In the last ${days} days${limitedBy === 'retention' ? ', which is how far back your plan shows the log,' : ''}`;
}

function Callers({ callers, label }: { callers: readonly PreviewCaller[]; label: string }) {
  return (
    <DataTable label={label}>
      <thead>
        <tr>
          <th scope="col">Caller</th>
          <th scope="col">Program</th>
          <th scope="col">API key</th>
          <th scope="col" className="number">
            Requests
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {callers.map(({ apiKey, network, ip, userAgent, country, requests, lastSeenAt }) => (
          <tr key={`${apiKey.id} ${network ?? ''} ${userAgent ?? ''}`}>
            <td className="wrap">
              <span title={network ?? undefined}>
                <Address ip={ip} country={country} />
                {ip !== null && <AddressLink ip={ip} />}
              </span>
            </td>
            <td data-label="Program">{userAgent ? <MonoText>{userAgent}</MonoText> : 'Not named'}</td>
            <td data-label="API key">
              <LinkBase to={`/api-keys/${apiKey.id}/show`}>{apiKey.name}</LinkBase>
            </td>
            <td data-label="Requests" className="number">
              {countText(requests)}
            </td>
            <td data-label="Last">
              <TimeStamp at={lastSeenAt} relative />
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

type Props = { preview: RestrictionsPreview; meant: boolean; onMeant: (meant: boolean) => void };

/** What the rule would have refused, and whom it would refuse from now on. */
export function PreviewResult({ preview, meant, onMeant }: Props) {
  const { accepted, refused, callers, topCallers, lockedOut, wouldLockOut, you } = preview;
  return (
    <div role="status" style={{ display: 'grid', gap: 12 }}>
      {wouldLockOut && (
        <Notice tone="server">
          <strong>This locks out programs that are calling now</strong>
          <p>
            {lockedOut.length < MOST ? numberOf(lockedOut.length, 'caller') : `${MOST} callers or more`} of the last 15 minutes would be
            refused with 403 from the next call on:{' '}
            {[...new Set(lockedOut.map(({ ip, apiKey }) => `${ip ?? 'an unknown address'} with ${apiKey.name}`))].slice(0, 5).join(', ')}
            {lockedOut.length > 5 ? ' and others' : ''}. Add their network or country, or say that it is meant.
          </p>
          <FormControlLabel
            control={<Checkbox size="small" checked={meant} onChange={(_, checked) => onMeant(checked)} />}
            label={<span style={{ fontSize: 13 }}>Lock them out, it is meant</span>}
          />
        </Notice>
      )}
      <Notice tone={refused === 0 ? 'success' : 'client'}>
        <strong>
          {refused === 0
            ? 'Would have refused nothing'
            : `Would have refused ${numberOf(refused, 'request')} from ${numberOf(callers, 'caller')}`}
        </strong>
        <p>
          {period(preview)} {accepted === 1 ? '1 request was' : `${numberOf(accepted, 'request')} were`} let in.{' '}
          {accepted === 0
            ? 'So there is nothing to tell by: keep an eye on the log after you save.'
            : refused === 0
              ? 'The rule would have let in all of them.'
              : 'Look through the callers before you save.'}
        </p>
        <p>
          You are at <Address ip={you.ip} country={you.country} />: a program there would be {you.reason === null ? 'let in' : 'refused'}.
          People at the console are never refused by where they are.
        </p>
      </Notice>
      {topCallers.length > 0 && (
        <>
          <Callers callers={topCallers} label="Callers that would have been refused" />
          {callers > topCallers.length && (
            <p style={{ margin: 0, fontSize: 13 }}>The {topCallers.length} with the most requests are shown.</p>
          )}
        </>
      )}
      <CountryCredit />
    </div>
  );
}
