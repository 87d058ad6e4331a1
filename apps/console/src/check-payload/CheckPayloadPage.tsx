/**
 * "Check a payload": a body against the schema of its operation, as it is typed. All of it happens in this page: the text is the state of one component, neither
 * sent nor kept. The schemas were part of the build, so nothing is fetched for it either.
 */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-admin';
import { DataTable } from '../elements/DataTable';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { Page, Part, Row } from '../layout/Page';
import { mono } from '../theme';
import { bodyOperations, checkPayload, operationOf, type Finding } from './check-payload';
import type { BodyOperation } from './payload-schema';

const Field = styled('label')(({ theme }) => ({
  display: 'grid',
  gap: 6,
  fontSize: 12,
  lineHeight: '16px',
  color: theme.palette.tone.secondary,
  '& select, & textarea': {
    width: '100%',
    boxSizing: 'border-box',
    border: `1px solid ${theme.palette.tone.strongLine}`,
    borderRadius: 6,
    background: theme.palette.tone.page,
    color: theme.palette.tone.text,
  },
  '& select': { height: 34, maxWidth: 560, padding: '0 8px', font: 'inherit', fontSize: 14 },
  '& textarea': {
    minHeight: 280,
    padding: '10px 12px',
    fontFamily: mono,
    fontSize: 13,
    lineHeight: '20px',
    tabSize: 2,
    resize: 'vertical',
    // A line of the text is a line of the box: findings name it.
    whiteSpace: 'pre',
    overflowX: 'auto',
  },
  '@media (pointer: coarse)': { '& select': { height: 40 } },
}));

const PlaceButton = styled('button')(({ theme }) => ({
  border: 0,
  padding: 0,
  background: 'none',
  color: theme.palette.tone.accent,
  font: 'inherit',
  textAlign: 'left',
  textDecoration: 'underline',
  cursor: 'pointer',
  '@media (pointer: coarse)': { minHeight: 40 },
}));

function Operations({ chosen, onChoose }: { chosen: BodyOperation; onChoose: (id: string) => void }) {
  const groups = [...new Set(bodyOperations.map(({ group }) => group))];
  // What programs call first, as in the API reference.
  groups.sort((a, b) => rank(a) - rank(b));
  return (
    <Field>
      Operation
      <select value={chosen.id} onChange={(event) => onChoose(event.target.value)}>
        {groups.map((group) => (
          <optgroup key={group} label={group}>
            {bodyOperations
              .filter((one) => one.group === group)
              .map(({ id, method, route, summary }) => (
                <option key={id} value={id}>
                  {method} {route} · {summary}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </Field>
  );
}
const first = ['Invoices', 'Customers', 'Exports'];
const rank = (group: string): number => (first.indexOf(group) + first.length + 1) % (first.length + 1);

function Findings({ findings, onShow }: { findings: readonly Finding[]; onShow: (finding: Finding) => void }) {
  return (
    <DataTable label="What does not fit">
      <thead>
        <tr>
          {['Where in the text', 'JSON pointer', 'Rule', 'What it takes'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {findings.map((finding) => (
          <tr key={`${finding.pointer} ${finding.rule} ${finding.offset}`}>
            <td className="wrap" style={{ width: '18%' }}>
              <PlaceButton type="button" onClick={() => onShow(finding)}>
                line {finding.line}, column {finding.column}
              </PlaceButton>
            </td>
            <td className="wrap" style={{ width: '28%' }} data-label="Pointer">
              <MonoText>{finding.pointer || 'the whole body'}</MonoText>
            </td>
            <td className="fit" data-label="Rule">
              <MonoText>{finding.rule}</MonoText>
            </td>
            <td className="wrap" data-label="Takes">
              {finding.expected}
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

const countOf = (findings: readonly Finding[]): string =>
  findings.length === 1 ? 'One thing does not fit' : `${findings.length} things do not fit`;

function Verdict({
  findings,
  operation,
  onShow,
}: {
  findings: readonly Finding[];
  operation: BodyOperation;
  onShow: (finding: Finding) => void;
}) {
  const fits = findings.length === 0;
  return (
    <>
      <div role="status">
        <Notice tone={fits ? 'success' : 'client'}>
          <h2>{fits ? 'It fits the schema' : countOf(findings)}</h2>
          <p>
            {fits
              ? 'If the API still answers 400, the row in API Logs names the field: some rules, such as whether a customer exists, only the API can check.'
              : findings[0]?.rule === 'json'
                ? 'This is not JSON yet. The schema is looked at as soon as it is.'
                : `By the schema of “${operation.summary}”. A place leads to its text.`}
          </p>
        </Notice>
      </div>
      {!fits && <Findings findings={findings} onShow={onShow} />}
    </>
  );
}

export function CheckPayloadPage() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const asked = new URLSearchParams(search).get('operation');
  const operation = operationOf(asked);
  const [text, setText] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  const checked = useDeferredValue(text);
  const findings = useMemo(() => (checked.trim() === '' ? null : checkPayload(checked, operation)), [checked, operation]);
  const show = ({ offset, length }: Finding): void => {
    box.current?.focus();
    box.current?.setSelectionRange(offset, offset + length);
  };
  return (
    <Page
      title="Check a payload"
      lead="Paste the JSON that a program sends. It is checked here, in your browser, against the schema of the operation: it is neither sent nor kept."
      actions={
        <Button variant="outlined" href={operation.reference}>
          API reference
        </Button>
      }
    >
      <Part style={{ display: 'grid', gap: 16 }}>
        <Operations
          chosen={operation}
          onChoose={(id) => navigate(`/check-payload?operation=${encodeURIComponent(id)}`, { replace: true })}
        />
        <div>
          <MethodTag method={operation.method} /> <MonoText>{operation.route}</MonoText>
        </div>
        <Field>
          JSON body
          {/* No spelling check: some browsers ask a server about what is typed. */}
          <textarea
            ref={box}
            value={text}
            onChange={(event) => setText(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            autoCorrect="off"
            autoCapitalize="off"
            placeholder='{ "customerId": "cus_…" }'
          />
        </Field>
        <Row>
          <Button variant="outlined" onClick={() => setText(JSON.stringify(operation.example, null, 2))}>
            Start with an example
          </Button>
          <Button variant="outlined" disabled={text === ''} onClick={() => setText('')}>
            Clear
          </Button>
        </Row>
        {findings && <Verdict findings={findings} operation={operation} onShow={show} />}
      </Part>
    </Page>
  );
}
