/** When the log does not look as expected: what it means, and how to see it. What this browser and this server know of it is said with it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { LinkBase, useDataProvider, useNavigate } from 'react-admin';
import TextField from '@mui/material/TextField';
import { emptyQuery, only, showEverybody } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import { MonoText } from '../elements/Mono';
import { browserZone, useTimeZone } from '../elements/time-zone';
import { exactTime, utcTime } from '../elements/times';
import { Page, Part, Row } from '../layout/Page';

const Text = styled('div')({
  maxWidth: 720,
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 10,
  fontSize: 14,
  lineHeight: '22px',
  '& p, & ul': { margin: 0 },
  '& ul': { paddingLeft: 20 },
  '& li + li': { marginTop: 4 },
});

function Chapter({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Part aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <Text>{children}</Text>
    </Part>
  );
}

const everything = logLink(showEverybody({ ...emptyQuery, preset: 'all' }));

/** Neither the hour nor who called hides a request that is asked for by its id. */
function FindRequest() {
  const navigate = useNavigate();
  const [id, setId] = useState('');
  const find = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (id.trim() !== '') navigate(logLink(only(emptyQuery, 'requestId', id.trim())));
  };
  return (
    <form onSubmit={find}>
      <Row style={{ alignItems: 'flex-end' }}>
        <TextField
          label="Request-Id of the answer"
          placeholder="req_…"
          value={id}
          onChange={(event) => setId(event.target.value)}
          autoComplete="off"
        />
        <Button type="submit" variant="outlined">
          Find it
        </Button>
      </Row>
    </form>
  );
}

function NothingShown() {
  const navigate = useNavigate();
  return (
    <Chapter id="nothing-shown" title="Why is nothing shown?">
      <ul>
        <li>The list opens with the last 24 hours, and without what people did in the console. A chip above the list says so.</li>
        <li>Filters stay in the address of the page: a link from somebody else brings theirs.</li>
        <li>A request is shown within two seconds of its answer. A long one, such as a download, is shown when it has ended.</li>
        <li>
          The plan decides how far back you can look; see <LinkBase to="/plan">Plan</LinkBase>.
        </li>
        <li>
          A request without a key, or with a key that nobody knows, belongs to no organization. It is in the log of the organization that
          the installation belongs to; beside other organizations only its admins see it.
        </li>
        <li>You may be signed in to another organization than the key belongs to: look at the name at the top.</li>
        <li>
          Health checks, <code>/openapi.json</code>, <code>/docs</code> and the files of this console leave no record.
        </li>
      </ul>
      <Row>
        <Button variant="outlined" onClick={() => navigate(everything)}>
          Show everything that is kept
        </Button>
      </Row>
      <p>Each answer has a header Request-Id. With it a request is found whatever the list leaves out:</p>
      <FindRequest />
    </Chapter>
  );
}

/** As this very server sees whoever reads this. */
function OwnAddress() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data } = useQuery({ queryKey: ['own-sessions'], queryFn: () => dataProvider.ownSessions(), retry: false });
  const ip = data?.find(({ current }) => current)?.ip;
  if (!ip) return null;
  return (
    <p>
      This session came from <MonoText>{ip}</MonoText>. If that is the address of a proxy and not yours, the proxy is not listed.
    </p>
  );
}

function WrongAddress() {
  return (
    <Chapter id="wrong-address" title="Why does every request come from the same, wrong address?">
      <p>
        The API stands behind a proxy or a load balancer, and the log shows that. Anybody can write <code>X-Forwarded-For</code>, so by
        default nobody is believed.
      </p>
      <OwnAddress />
      <ul>
        <li>
          The operator lists the networks of the proxies in <code>PINEBILL_TRUSTED_PROXIES</code>, for example{' '}
          <code>10.0.0.0/8,2001:db8:1::/48</code>, and restarts.
        </li>
        <li>
          The proxy must add the address of its client to <code>X-Forwarded-For</code>. The rightmost address that is no listed proxy
          counts.
        </li>
        <li>
          Rows that are there already keep the address that they were recorded with. Networks that keys are restricted to are held against
          the same address.
        </li>
      </ul>
    </Chapter>
  );
}

function NoName() {
  return (
    <Chapter id="key-without-name" title="Why has a key no name, or not the one I know?">
      <ul>
        <li>
          <strong>Unknown key</strong>: it has the form of a key and was never issued here: a key of another installation, or a guess. Equal
          fingerprints are the same key.
        </li>
        <li>
          <strong>No key</strong>: none was sent, or what was sent is no key. The reason in the row says which; often the variable that
          should hold the key is not set.
        </li>
        <li>
          <strong>An old name</strong>: a row keeps the name of its moment. Opened, it shows what the key is now, and{' '}
          <LinkBase to="/api-keys">API Keys</LinkBase> has the names of today.
        </li>
        <li>
          <strong>A person</strong>: requests of the console are made by people and have no key.
        </li>
      </ul>
    </Chapter>
  );
}

function Times() {
  const now = new Date();
  const [chosen] = useTimeZone();
  const own = browserZone();
  return (
    <Chapter id="times" title="Why do times look shifted?">
      <p>
        Times are recorded in UTC and shown in{' '}
        {chosen === null ? (
          <>
            the time zone of your browser, <strong>{own}</strong>
          </>
        ) : (
          <>
            the time zone that you have chosen, <strong>{chosen}</strong>; that of your browser is {own}
          </>
        )}
        . Now it is {exactTime(now)}, which is <MonoText>{utcTime(now)}</MonoText>.
      </p>
      <ul>
        <li>
          Choose another one, or UTC, with the button “Columns, density, time zone” of <LinkBase to="/audit-logs">API Logs</LinkBase>.
        </li>
        <li>Hover over a time to see it in UTC. The API, exports and links always speak UTC, unless an export asks for another zone.</li>
        <li>Days of the dashboard are days of UTC.</li>
        <li>
          The time of a row is that at which the request arrived, not that of its answer: of a long one it is earlier than your program
          logs.
        </li>
        <li>If minutes are wrong, compare the clock of the server with that of your program: each uses its own.</li>
      </ul>
    </Chapter>
  );
}

export function TroubleshootingPage() {
  return (
    <Page
      title="Troubleshooting"
      lead="When the log does not look as you expect."
      actions={
        <Button variant="outlined" href="/docs">
          API reference
        </Button>
      }
    >
      <NothingShown />
      <WrongAddress />
      <NoName />
      <Times />
      <Chapter id="failed" title="Why did a request fail?">
        <p>
          Open its row in <LinkBase to="/audit-logs">API Logs</LinkBase>: it says why, and what to do.{' '}
          <LinkBase to="/errors">Errors</LinkBase> has those together that failed for the same reason;{' '}
          <LinkBase to="/check-payload">Check a payload</LinkBase> finds what is wrong with a body;{' '}
          <LinkBase to="/back-off">Retry with back-off</LinkBase> has code for clients; <LinkBase to="/status-codes">Status codes</LinkBase>{' '}
          says what each one means.
        </p>
      </Chapter>
    </Page>
  );
}
