import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { HttpError } from 'react-admin';
import type { Problem } from '../api-types';
import { Mono, MonoText } from './Mono';

const Frame = styled('div')(({ theme }) => ({
  border: `1px solid ${theme.palette.tone.status.server.line}`,
  background: theme.palette.tone.dangerSoft,
  color: theme.palette.tone.text,
  borderRadius: 8,
  maxWidth: 760,
  scrollMargin: 16,
  padding: '12px 16px',
  fontSize: 13,
  lineHeight: '20px',
  '& h2': { margin: 0, fontSize: 14, fontWeight: 600, lineHeight: '22px', color: theme.palette.tone.status.server.text },
  '& p': { margin: '2px 0 0' },
  '& ul': { margin: '6px 0 0', paddingLeft: 18 },
  '& footer': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 12, marginTop: 8, color: theme.palette.tone.secondary },
}));

export function problemOf(error: unknown): Problem {
  const body: unknown = error instanceof HttpError || (error instanceof Error && 'body' in error) ? error.body : null;
  if (typeof body === 'object' && body !== null && 'title' in body) return body as Problem;
  return {
    title: 'The console failed',
    status: 0,
    detail: error instanceof Error ? error.message : 'Reload the page. If it happens again, tell the people who run PineBill.',
  };
}

/** The button that was refused may be at the end of a long form, and this at its beginning. */
function bringIntoView(frame: HTMLElement | null): void {
  if (frame && 'scrollIntoView' in frame) frame.scrollIntoView({ block: 'nearest' }); // jsdom has none
}

/** A problem document in words: what happened, why, where, and the way on. */
export function ProblemView({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, issues = [], requestId, ...problem } = problemOf(error);
  const detail = problem.detail?.startsWith(`${title}. `) ? problem.detail.slice(title.length + 2) : problem.detail; // said once is enough
  return (
    <Frame role="alert" ref={bringIntoView}>
      <h2>{title}</h2>
      {detail && detail !== title && <p>{detail}</p>}
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={`${issue.pointer} ${issue.rule}`}>
              <MonoText>{issue.pointer}</MonoText>: {issue.expected}
            </li>
          ))}
        </ul>
      )}
      {(requestId !== undefined || retry) && (
        <footer>
          {retry && (
            <Button variant="outlined" onClick={retry}>
              Try again
            </Button>
          )}
          {requestId && (
            <span>
              Request <Mono copyLabel="Copy request ID">{requestId}</Mono>
            </span>
          )}
        </footer>
      )}
    </Frame>
  );
}
