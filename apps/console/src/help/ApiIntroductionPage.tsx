import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { useState, type ReactNode } from 'react';
import { LinkBase, useNavigate } from 'react-admin';
import { CodeBlock } from '../elements/Mono';
import { Page, Part } from '../layout/Page';
import { useCan } from '../session/use-session';

const Text = styled('div')({
  maxWidth: 720,
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 10,
  fontSize: 14,
  lineHeight: '22px',
  '& p, & ul': { margin: 0 },
  '& ul': { paddingLeft: 20 },
});
const Chapter = ({ title, children }: { title: string; children: ReactNode }) => (
  <Part>
    <h2>{title}</h2>
    <Text>{children}</Text>
  </Part>
);

function samples(origin: string, key: string) {
  const auth = `  -H "Authorization: Bearer ${key}"`;
  return {
    first: `curl -i '${origin}/v1/invoices' \\\n${auth}`,
    create: `curl -i -X POST '${origin}/v1/customers' \\\n${auth} \\\n  -H 'Content-Type: application/json' \\\n  -H 'Idempotency-Key: customer-acme-1' \\\n  -d '{ "name": "ACME", "email": "billing@acme.example" }'`,
    page: `curl '${origin}/v1/invoices?limit=50&cursor=NEXT_CURSOR' \\\n${auth}`,
    log: `curl '${origin}/v1/audit-logs?status=4xx&path=/v1/invoices*' \\\n${auth}`,
  };
}
const problem = `HTTP/1.1 400 Bad Request
Content-Type: application/problem+json

{
  "title": "A field of the request is not valid",
  "status": 400,
  "detail": "…what happened, and what to do",
  "code": "invalid_field",
  "requestId": "req_…",
  "issues": [{ "pointer": "/lines/0/quantity", "rule": "min", "expected": "…" }]
}`;
const limits = `RateLimit-Policy: "per-key";q=6000;w=60
RateLimit: "per-key";r=5999;t=60
Retry-After: 12            (only with 429 and 503)`;

/** How to call the API, with commands that work as they stand: this server's address, and the reader's own key while it is typed here. */
export function ApiIntroductionPage() {
  const [key, setKey] = useState('');
  const mayCreate = useCan('keys:write');
  const navigate = useNavigate();
  const { origin } = window.location;
  const shown = samples(origin, key.trim() || '$PINEBILL_API_KEY');
  return (
    <Page
      title="API introduction"
      lead="From nothing to the first call in five minutes."
      actions={
        <Button variant="outlined" href="/docs">
          API reference
        </Button>
      }
    >
      <Chapter title="Base URL">
        <p>
          Everything is under one address and one version. Bodies and answers are JSON in UTF-8; times are UTC, amounts are integers in the
          minor unit of the currency.
        </p>
        <CodeBlock code={`${origin}/v1`} label="base URL" />
      </Chapter>
      <Chapter title="Authentication">
        <p>
          A program sends its API key with each request as a bearer token. A key carries scopes; a call that needs another scope is answered
          403. {mayCreate ? <LinkBase to="/api-keys/create">Create a key</LinkBase> : 'An admin creates keys'}; its secret is shown once.
        </p>
        <TextField
          label="Your key, for the commands below"
          placeholder="pbk_…"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          autoComplete="off"
          helperText="It stays in this page: it is neither sent nor kept."
          style={{ maxWidth: 480 }}
          slotProps={{ htmlInput: { spellCheck: false } }}
        />
      </Chapter>
      <Chapter title="The first call">
        <CodeBlock code={shown.first} label="first call" />
        <p>
          A moment later the call stands in <LinkBase to="/audit-logs">API Logs</LinkBase>, with the key’s name. The header{' '}
          <code>Request-Id</code> of the answer finds it there.
        </p>
        <p>
          Creating something takes a body, and an <code>Idempotency-Key</code> if it must not happen twice:
        </p>
        <CodeBlock code={shown.create} label="create call" />
      </Chapter>
      <Chapter title="Errors">
        <p>
          An error is a problem document (RFC 9457). Match on <code>code</code>; show <code>detail</code>; quote <code>requestId</code> when
          asking for help. The <LinkBase to="/status-codes">status codes</LinkBase> say what each status means. Every cause of 401 has the
          same answer; the log names the real one.
        </p>
        <CodeBlock code={problem} label="error" />
      </Chapter>
      <Chapter title="Paging">
        <p>
          Lists answer <code>{'{ "data": […], "nextCursor": "…" }'}</code>, newest first, 50 at a time, at most 200. Send{' '}
          <code>nextCursor</code> back as <code>cursor</code> until it is null, with the same filter and order.
        </p>
        <CodeBlock code={shown.page} label="next page" />
      </Chapter>
      <Chapter title="Limits">
        <p>
          Each answer says what is left. Beyond the limit a call is answered 429: wait as long as <code>Retry-After</code> says, then double
          the pause each time. Your limits are on the page <LinkBase to="/plan">Plan</LinkBase>.
        </p>
        <CodeBlock code={limits} label="limit headers" />
      </Chapter>
      <Chapter title="Idempotency">
        <ul>
          <li>
            A creating POST with an <code>Idempotency-Key</code> happens once within 24 hours; a repeat gets the first answer again, with{' '}
            <code>Idempotency-Replayed: true</code>.
          </li>
          <li>The same key with another body is refused with 422; while the first is being worked on, with 409.</li>
          <li>After a lost connection, send the same request with the same key.</li>
        </ul>
      </Chapter>
      <Chapter title="Reading the log with a program">
        <p>
          A key with the scope <code>audit:read</code> reads the same log, with the same filters as the address bar of API Logs.
        </p>
        <CodeBlock code={shown.log} label="log call" />
      </Chapter>
      <Row onCreate={mayCreate ? () => navigate('/api-keys/create') : null} />
    </Page>
  );
}

function Row({ onCreate }: { onCreate: (() => void) | null }) {
  if (!onCreate) return null;
  return (
    <Part>
      <Button variant="contained" onClick={onCreate}>
        Create an API key
      </Button>
    </Part>
  );
}
