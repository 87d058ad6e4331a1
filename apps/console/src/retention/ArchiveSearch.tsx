import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import type { ArchiveFindings, SearchArchives } from '../api-types';
import { DataTable } from '../elements/DataTable';
import { numberOf } from '../elements/figures';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useRetentionCalls } from './retention-calls';

const nothing = { from: '', to: '', status: '', path: '', ip: '', apiKeyId: '' };
type Typed = typeof nothing;

/** Whole days in UTC: `to` is the last one. */
const asked = ({ from, to, status, path, ip, apiKeyId }: Typed): Partial<SearchArchives> => ({
  ...(from && { from: new Date(from).toISOString() }),
  ...(to && { to: new Date(Date.parse(to) + 86_400_000).toISOString() }),
  ...(status && { status: Number(status) }),
  ...(path.trim() && { path: path.trim() }),
  ...(ip.trim() && { ip: ip.trim() }),
  ...(apiKeyId.trim() && { apiKeyId: apiKeyId.trim() }),
});

export function ArchiveSearch() {
  const calls = useRetentionCalls();
  const [typed, setTyped] = useState(nothing);
  const [state, setState] = useState<{ busy: boolean; error: unknown; found: ArchiveFindings | null }>({
    busy: false,
    error: null,
    found: null,
  });
  const [question, setQuestion] = useState<Partial<SearchArchives>>({});
  const field = (name: keyof Typed) => ({
    size: 'small' as const,
    value: typed[name],
    onChange: ({ target }: { target: { value: string } }) => setTyped((before) => ({ ...before, [name]: target.value })),
  });
  /** `before`: what was found until now, to go on from. */
  const look = async (question: Partial<SearchArchives>, before: ArchiveFindings | null): Promise<void> => {
    setState({ busy: true, error: null, found: before });
    try {
      const cursor = before?.nextCursor;
      const next = await calls.searchArchives({ ...question, ...(cursor && { cursor }) });
      const found = before ? { ...next, data: [...before.data, ...next.data] } : next;
      setState({ busy: false, error: null, found });
    } catch (error) {
      setState({ busy: false, error, found: before });
    }
  };
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const question = asked(typed);
    setQuestion(question);
    void look(question, null);
  };
  const day = { type: 'date', slotProps: { inputLabel: { shrink: true } } } as const;
  return (
    <>
      <form
        aria-label="Look into archives"
        onSubmit={submit}
        style={{
          display: 'grid',
          gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))',
          gap: 12,
          margin: '20px 0',
          maxWidth: 1_000,
        }}
      >
        <TextField label="From" {...day} {...field('from')} />
        <TextField label="To, this day included" {...day} {...field('to')} />
        <TextField label="Status" type="number" {...field('status')} />
        <TextField label="Path begins with" {...field('path')} />
        <TextField label="IP address" {...field('ip')} />
        <TextField label="Id of an API key" {...field('apiKeyId')} />
        <Button type="submit" variant="outlined" disabled={state.busy} style={{ justifySelf: 'start' }}>
          {state.busy ? 'Looking…' : 'Look into archives'}
        </Button>
      </form>
      <div aria-live="polite">
        {state.error !== null && <ProblemView error={state.error} />}
        {state.found && <Found {...state.found} />}
        {state.found?.nextCursor && (
          <Button disabled={state.busy} onClick={() => void look(question, state.found)} style={{ marginTop: 12 }}>
            {state.busy ? 'Looking…' : 'Look further'}
          </Button>
        )}
      </div>
    </>
  );
}

function Found({ data, searched, truncated }: ArchiveFindings) {
  if (data.length === 0)
    return (
      <p>
        Nothing of that is in {numberOf(searched, 'archive')} of the period{truncated ? ' yet; there are older ones.' : '.'}
      </p>
    );
  return (
    <>
      <p>
        {numberOf(data.length, 'record')}
        {truncated ? ' so far; there is more.' : ', and no more.'}
      </p>
      <DataTable label="Archived records">
        <thead>
          <tr>
            {['Time', 'Method', 'Path', 'Status', 'API key', 'Address'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.map((record) => (
            <tr key={record.id}>
              <td className="fit">
                <TimeStamp at={record.startedAt} />
              </td>
              <td className="fit" data-label="Method">
                {record.method ? <MethodTag method={record.method} /> : '–'}
              </td>
              <td style={{ width: '60%' }} data-label="Path">
                <MonoText>{record.path ?? '–'}</MonoText>
              </td>
              <td className="fit" data-label="Status">
                {record.status ?? '–'} {record.reason ?? ''}
              </td>
              <td style={{ width: '40%' }} data-label="API key">
                {record.apiKeyName ?? '–'}
              </td>
              <td className="fit" data-label="Address">
                <MonoText>{record.ip ?? '–'}</MonoText>
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </>
  );
}
