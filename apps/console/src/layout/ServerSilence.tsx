import type { ReactNode } from 'react';
import { unreachable } from '../data-provider';
import { problemOf, ProblemView } from '../elements/ProblemView';
import { Part } from './Page';

const meanwhile: Record<string, { title: string; text: string }> = {
  database_unavailable: {
    title: 'What goes on meanwhile',
    text: 'Requests that need PostgreSQL are answered 503 with Retry-After. Each of them is recorded: records wait in the journal of the process and reach PostgreSQL when it is back. Nothing needs to be restarted. Check that PostgreSQL runs, that it can be reached, and that its disk is not full; on the machine itself GET /readyz says which part it is.',
  },
  recording_unavailable: {
    title: 'What goes on meanwhile',
    text: 'No request is let through that could not be recorded, and none has an effect. They are counted, and a gap record tells of them as soon as there is room again. Check the disk of the data directory, and whether PostgreSQL takes records; on the machine itself GET /readyz says which part it is.',
  },
  [unreachable]: {
    title: 'What to look at',
    text: 'Check that the process runs, and the way to it. What it had promised lies in its data directory and is stored at the next start.',
  },
};

/** The API does not say how things are. Why it does not says something as well. */
export function ServerSilence({ error, retry, children }: { error: unknown; retry: () => void; children?: ReactNode }) {
  const { title, text } = meanwhile[problemOf(error).code ?? ''] ?? {};
  return (
    <div style={{ display: 'grid', gap: 16, marginBottom: 24 }}>
      <ProblemView error={error} retry={retry} />
      {title && (
        <Part>
          <h2>{title}</h2>
          <p style={{ margin: 0 }}>{text}</p>
        </Part>
      )}
      <p role="status" style={{ margin: 0, fontSize: 13 }}>
        The page goes on asking every five seconds. {children}
      </p>
    </div>
  );
}
