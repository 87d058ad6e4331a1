import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import { SidePanel } from '../elements/SidePanel';

const Text = styled('section')(({ theme }) => ({
  fontSize: 14,
  lineHeight: '22px',
  '& ol, & ul': { margin: '4px 0 0', paddingLeft: 20 },
  '& li + li': { marginTop: 4 },
  '& p': { margin: '4px 0 0', color: theme.palette.tone.secondary },
}));

/** Beside the log: how to start, who may see what, where to read on. */
export function HelpPanel({ onClose }: { onClose: () => void }) {
  return (
    <SidePanel label="About API logs" title="About API logs" onClose={onClose}>
      <Text>
        <h3>Quick start</h3>
        <ol>
          <li>Every request made to your organization is here, accepted or refused, newest first.</li>
          <li>
            Narrow it down: click a value, type <code>status:4xx</code> in the search box, or choose a time range. The address bar keeps the
            filter, so it can be sent to a colleague.
          </li>
          <li>Open a row: it says what the status means, why it came here, and what to do next.</li>
        </ol>
      </Text>
      <Text>
        <h3>Who may see what</h3>
        <ul>
          <li>Admins and members read the whole log of their organization.</li>
          <li>Only admins create and revoke keys, also from a row of the log.</li>
          <li>Guests see nothing of it.</li>
        </ul>
        <p>Bodies, headers and keys are never recorded. Of a key you see its name and its last four characters.</p>
      </Text>
      <Text>
        <h3>What is hidden at first</h3>
        <p>The console’s own requests, made by people, are left out. Remove the chip “API keys + anonymous” to see them.</p>
      </Text>
      <Text>
        <h3>Read on</h3>
        <ul>
          <li>
            <LinkBase to="/api-keys">API Keys</LinkBase>: create and revoke
          </li>
          <li>
            <LinkBase to="/api-introduction">API Introduction</LinkBase>: the first call
          </li>
          <li>
            <LinkBase to="/status-codes">Status codes</LinkBase>: what each one means
          </li>
          <li>
            <LinkBase to="/errors">Errors</LinkBase>: the same ones together
          </li>
          <li>
            <LinkBase to="/check-payload">Check a payload</LinkBase>: what is wrong with a body
          </li>
          <li>
            <LinkBase to="/back-off">Retry with back-off</LinkBase>: code that waits as long as it is told
          </li>
          <li>
            <LinkBase to="/troubleshooting">Troubleshooting</LinkBase>: when the log does not look as expected
          </li>
          <li>
            <LinkBase to="/plan">Subscription Plans</LinkBase>: limits and how long the log is kept
          </li>
          <li>
            <a href="/docs">API reference</a>: every endpoint, parameter and answer
          </li>
        </ul>
      </Text>
    </SidePanel>
  );
}
