import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { backOffSamples, type SampleLanguage } from '@pinebill/contract';
import { useState } from 'react';
import { LinkBase } from 'react-admin';
import { Choice, Choices } from '../elements/Choices';
import { CodeBlock } from '../elements/Mono';
import { Page, Part } from '../layout/Page';

const Text = styled('div')({
  maxWidth: 720,
  fontSize: 14,
  lineHeight: '22px',
  '& ul': { margin: 0, paddingLeft: 20 },
  '& li + li': { marginTop: 4 },
});

/** How to come back after 429 and 5xx: in words, and as code that is tested as it stands here. */
export function BackOffPage() {
  const samples = backOffSamples(`${window.location.origin}/v1/invoices`);
  const [language, setLanguage] = useState<SampleLanguage>('curl');
  const shown = samples.find((sample) => sample.language === language);
  return (
    <Page
      title="Retry with back-off"
      lead="What a client does when it is told to wait, or when something failed that may work in a moment."
      actions={
        <Button variant="outlined" href="/docs">
          API reference
        </Button>
      }
    >
      <Part>
        <h2>The rules</h2>
        <Text>
          <ul>
            <li>
              Try again after <code>429</code> and after <code>5xx</code>. Any other <code>4xx</code> comes again and again until the
              request is changed.
            </li>
            <li>
              Wait as long as <code>Retry-After</code> says, in seconds. Without it wait 1, 2, 4, … seconds, and a random part of a second
              more, so that many clients do not come back at once.
            </li>
            <li>Give up after a few attempts, and log the header Request-Id of the answer.</li>
            <li>
              Send a creating POST with an <code>Idempotency-Key</code>, the same one for each attempt: it then happens once.
            </li>
            <li>
              To distribute the load across several keys helps only where the limit of one key was hit (reason <code>key_limit</code>). All
              keys share the limit of the organization. The <LinkBase to="/plan">limits</LinkBase> are on the page Plan.
            </li>
          </ul>
        </Text>
      </Part>
      <Part>
        <h2>As code</h2>
        <Choices label="Language">
          {samples.map((sample) => (
            <Choice key={sample.language} chosen={sample.language === language} onClick={() => setLanguage(sample.language)}>
              {sample.title}
            </Choice>
          ))}
        </Choices>
        {shown && (
          <>
            <p>{shown.note} The key is taken from the environment variable PINEBILL_API_KEY.</p>
            <CodeBlock code={shown.code} label={`${shown.title} sample`} />
          </>
        )}
      </Part>
    </Page>
  );
}
