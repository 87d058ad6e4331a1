/** What stands where in the reports of incidents: Markdown with placeholders. What it makes is shown beside it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { can } from '@pinebill/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { IncidentTemplate } from '../api-types';
import { CodeBlock } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton, Row } from '../layout/Page';
import { useSession } from '../session/use-session';
import { mono } from '../theme';
import { useIncidentCalls } from './incident-calls';
import { useDeed } from './use-deed';

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 440px), 1fr))',
  gap: '24px 32px',
  alignItems: 'start',
  '& > div': { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12 },
  '& h2': { margin: 0, fontSize: 13, fontWeight: 500, lineHeight: '20px' },
  '& textarea': { fontFamily: mono, fontSize: 13, lineHeight: '20px' },
});
const Placeholders = styled('div')({
  display: 'flex',
  flexWrap: 'wrap',
  gap: 4,
  '& button': { fontFamily: mono, fontSize: 12, padding: '2px 8px' },
});

function usePreview() {
  const calls = useIncidentCalls();
  const [markdown, setMarkdown] = useState<string | null>(null);
  const deed = useDeed(() => undefined);
  const show = (text: string): void =>
    void deed.run(async () => {
      const made = await calls.previewTemplate(text);
      setMarkdown(made.markdown);
    });
  return { ...deed, markdown, show };
}

function Editor({ template, onSaved }: { template: IncidentTemplate; onSaved: (template: IncidentTemplate) => void }) {
  const [text, setText] = useState(template.text);
  const input = useRef<HTMLTextAreaElement>(null);
  const calls = useIncidentCalls();
  const saving = useDeed(() => undefined);
  const preview = usePreview();
  const save = (next: string | null): Promise<boolean> => saving.run(async () => onSaved(await calls.setTemplate(next)));
  const insert = (name: string, isBlock: boolean): void => {
    const at = input.current?.selectionStart ?? text.length;
    const what = isBlock ? `\n{{${name}}}\n` : `{{${name}}}`;
    setText(`${text.slice(0, at)}${what}${text.slice(at)}`);
    input.current?.focus();
  };
  return (
    <Columns>
      <div>
        <TextField
          label="Template"
          multiline
          minRows={18}
          maxRows={36}
          inputRef={input}
          value={text}
          onChange={({ target }) => setText(target.value)}
          slotProps={{ htmlInput: { maxLength: 20_000, spellCheck: false } }}
        />
        {saving.error !== null && <ProblemView error={saving.error} />}
        <Row>
          <Button
            variant="contained"
            disabled={saving.busy || text === template.text || text.trim() === ''}
            onClick={() => void save(text)}
          >
            {text === template.text ? 'Saved' : 'Save template'}
          </Button>
          <Button variant="outlined" disabled={preview.busy} onClick={() => preview.show(text)}>
            Preview
          </Button>
          {!template.standard && (
            <Button disabled={saving.busy} onClick={() => void save(null).then((done) => done && setText(template.standardText))}>
              Back to the standard one
            </Button>
          )}
        </Row>
        <h2>Put in where the cursor is</h2>
        <Placeholders>
          {template.placeholders.map(({ name, kind }) => (
            <Button key={name} variant="outlined" size="small" onClick={() => insert(name, kind === 'block')}>
              {name}
            </Button>
          ))}
        </Placeholders>
      </div>
      <div aria-live="polite">
        <h2>Preview, with an incident that never was</h2>
        {preview.error !== null && <ProblemView error={preview.error} />}
        {preview.markdown === null ? (
          preview.error === null && <span style={{ fontSize: 13 }}>Press Preview to see what the template makes.</span>
        ) : (
          <CodeBlock code={preview.markdown} label="preview" wrap />
        )}
      </div>
    </Columns>
  );
}

export function TemplatePage() {
  const session = useSession();
  const calls = useIncidentCalls();
  const queryClient = useQueryClient();
  const mayChange = session !== null && can(session.role, 'incidents:write');
  const { data, error, refetch } = useQuery({
    queryKey: ['incident-template'],
    queryFn: () => calls.template(),
    enabled: mayChange,
    retry: false,
  });
  if (session && !mayChange) return <AccessDenied />;
  if (!data && !error) return <PageSkeleton />;
  return (
    <Page
      title="Report template"
      lead={
        <>
          What stands where in the reports of incidents, in Markdown and PDF. JSON has everything in any case.
          {data?.changedAt && (
            <>
              {' '}
              Changed <TimeStamp at={data.changedAt} relative />
              {data.changedBy && ` by ${data.changedBy.name}`}.
            </>
          )}
        </>
      }
    >
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && <Editor template={data} onSaved={(saved) => queryClient.setQueryData(['incident-template'], saved)} />}
    </Page>
  );
}
