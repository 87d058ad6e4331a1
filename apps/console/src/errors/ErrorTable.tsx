import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { ErrorGroup } from '../api-types';
import { countText } from '../elements/figures';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { reasonText } from '../elements/reason-text';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { StatusChip, toneOf } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import type { StatusTone } from '../theme';
import { groupLink, type Audience } from './errors-query';

const WIDTH = 96;
const HEIGHT = 24;

const Bars = styled('svg', { shouldForwardProp: (name) => name !== 'tone' })<{ tone: StatusTone }>(({ theme, tone }) => ({
  display: 'block',
  flex: '0 0 auto',
  '& rect': { fill: theme.palette.tone.status[tone].text },
  '& line': { stroke: theme.palette.tone.line },
}));

/** When in the period it came. In words: first and last are beside it. */
function Sparkline({ course, tone }: { course: readonly number[]; tone: StatusTone }) {
  const most = Math.max(...course, 1);
  const step = WIDTH / course.length;
  return (
    <Bars tone={tone} width={WIDTH} height={HEIGHT} aria-hidden>
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {course.map((count, part) => {
        const height = count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT);
        return <rect key={part} x={part * step} y={HEIGHT - height} width={step - 1} height={height} rx={0.5} />;
      })}
    </Bars>
  );
}

type Of = { group: ErrorGroup; period: { from: string; to: string }; audience: Audience };

const kinds: Record<ErrorGroup['topCallers'][number]['type'], string> = {
  apiKey: 'A key that is gone',
  user: 'People in the console',
  anonymous: 'Without a known key',
  system: 'The product itself',
};
const SHOWN_CALLERS = 2;

function Callers({ group, period, audience }: Of) {
  const shown = group.topCallers.slice(0, SHOWN_CALLERS);
  const more = group.callers - shown.length;
  return (
    <span>
      {shown.map(({ type, apiKeyId, name }, index) => (
        <span key={apiKeyId ?? type}>
          {index > 0 && ', '}
          {apiKeyId ? <LinkBase to={groupLink(group, { ...period, audience, apiKeyId })}>{name ?? kinds.apiKey}</LinkBase> : kinds[type]}
        </span>
      ))}
      {more > 0 && ` and ${countText(more)} more`}
    </span>
  );
}

function GroupRow({ group, period, audience }: Of) {
  const { method, route, status, reason, code, requests, course } = group;
  return (
    <tr>
      <td className="wrap" style={{ width: '30%' }}>
        <LinkBase
          to={groupLink(group, { ...period, audience })}
          aria-label={`${method ?? ''} ${route ?? 'no endpoint'}, ${status}: ${countText(requests)} requests`}
        >
          <MethodTag method={method} /> <MonoText>{route ?? 'no endpoint'}</MonoText>
        </LinkBase>
      </td>
      <td className="fit" data-label="Status">
        <StatusChip status={status} />
      </td>
      <td className="wrap" data-label="Cause">
        <span>
          {reasonText(reason)?.what ?? 'No cause was recorded.'}{' '}
          {(reason ?? code) && <MonoText style={{ fontSize: 12 }}>{reason ?? code}</MonoText>}
        </span>
      </td>
      <td className="number fit" data-label="Count">
        {countText(requests)}
      </td>
      <td className="wrap" style={{ width: '16%' }} data-label="Callers">
        <Callers {...{ group, period, audience }} />
      </td>
      <td className="fit" data-label="First seen">
        <TimeStamp at={group.firstSeenAt} relative />
      </td>
      <td className="fit" data-label="Last seen">
        <TimeStamp at={group.lastSeenAt} relative />
      </td>
      <td className="fit" data-label="Course">
        <Sparkline course={course} tone={toneOf(status)} />
      </td>
    </tr>
  );
}

const columns: readonly (readonly [name: string, className: string])[] = [
  ['Endpoint', ''],
  ['Status', 'fit'],
  ['Cause', ''],
  ['Count', 'number fit'],
  ['Callers', ''],
  ['First seen', 'fit'],
  ['Last seen', 'fit'],
  ['Course', 'fit'],
];

type Props = { groups: readonly ErrorGroup[] | undefined; stale: boolean; period: { from: string; to: string }; audience: Audience };

/** `groups` are not there yet: rows in their shape. */
export function ErrorTable({ groups, stale, period, audience }: Props) {
  return (
    <DataTable label="Errors, grouped" stale={stale}>
      <thead>
        <tr>
          {columns.map(([name, className]) => (
            <th key={name} scope="col" className={className}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {groups ? (
        <tbody>
          {groups.map((group) => (
            <GroupRow key={[group.method, group.route, group.status, group.reason].join(' ')} {...{ group, period, audience }} />
          ))}
        </tbody>
      ) : (
        <SkeletonRows rows={8} columns={[220, 40, 260, 40, 120, 60, 60, 90]} />
      )}
    </DataTable>
  );
}
