/**
 * "Check a text": whether it holds a key of the organization. The text is the state of this component alone: no cache of the console keeps it, it goes to the
 * server for the answer, and is neither stored nor logged there.
 */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { can } from '@pinebill/contract';
import { useState, type SubmitEvent } from 'react';
import { LinkBase, useDataProvider, useNavigate } from 'react-admin';
import type { FoundKey, LeakCheck } from '../api-types';
import { RevokeDialog, type RevocableKey } from '../api-keys/RevokeDialog';
import { emptyQuery, only } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { AccessDenied } from '../layout/NotFound';
import { Page, Part, Row, Stack } from '../layout/Page';
import { useSession } from '../session/use-session';
import { mono } from '../theme';
import { deadKeyText, maskedText, placeIn, verdictWords } from './leak-words';

const MOST = 20_000;
const Field = styled('label')(({ theme }) => ({
  display: 'grid',
  gap: 6,
  maxWidth: 760,
  fontSize: 12,
  lineHeight: '16px',
  color: theme.palette.tone.secondary,
  '& textarea': {
    width: '100%',
    boxSizing: 'border-box',
    minHeight: 140,
    padding: '10px 12px',
    border: `1px solid ${theme.palette.tone.strongLine}`,
    borderRadius: 6,
    background: theme.palette.tone.page,
    color: theme.palette.tone.text,
    fontFamily: mono,
    fontSize: 13,
    lineHeight: '20px',
    resize: 'vertical',
  },
}));

type Checked = LeakCheck & { text: string };
type Dealing = { onRevoke: (key: RevocableKey) => void };

function Found({ found, text, onRevoke }: { found: FoundKey; text: string } & Dealing) {
  const navigate = useNavigate();
  const { apiKey, verdict, start, end } = found;
  const { title, text: meaning, tone } = verdictWords[verdict];
  const { line, column } = placeIn(text, start);
  const isDead = apiKey?.state === 'revoked';
  return (
    <Notice tone={isDead ? 'client' : tone}>
      <h2>{isDead ? 'This was your key' : title}</h2>
      <p>
        <MonoText>{maskedText(text.slice(start, end))}</MonoText> in line {line}, column {column}.{' '}
        {apiKey && (
          <>
            <LinkBase to={`/api-keys/${apiKey.id}/show`}>
              <KeyName {...apiKey} />
            </LinkBase>{' '}
            <KeyStateChip state={apiKey.state} />
          </>
        )}
      </p>
      <p>{isDead ? deadKeyText : meaning}</p>
      {apiKey && (
        <div>
          {!isDead && (
            <Button variant="contained" color="error" onClick={() => onRevoke(apiKey)}>
              Revoke…
            </Button>
          )}
          <Button variant="outlined" onClick={() => navigate(`/incidents?new&apiKeyId=${apiKey.id}`)}>
            Open incident
          </Button>
          <Button variant="outlined" onClick={() => navigate(logLink({ ...only(emptyQuery, 'apiKeyId', apiKey.id), preset: 'all' }))}>
            Requests with this key
          </Button>
        </div>
      )}
    </Notice>
  );
}

function Outcome({ checked, ...dealing }: { checked: Checked } & Dealing) {
  const { found, text, verdict } = checked;
  const { title, text: meaning, tone } = verdictWords[verdict];
  return (
    <div role="status" style={{ display: 'grid', gap: 12, maxWidth: 760 }}>
      {found.length === 0 ? (
        <Notice tone={tone}>
          <h2>{title}</h2>
          <p>{meaning}</p>
        </Notice>
      ) : (
        found.map((one) => <Found key={one.start} found={one} text={text} {...dealing} />)
      )}
    </div>
  );
}

function useCheck() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; checked: Checked | null; error: unknown }>({
    busy: false,
    checked: null,
    error: null,
  });
  const check = async (text: string): Promise<void> => {
    setState((now) => ({ ...now, busy: true, error: null }));
    try {
      setState({ busy: false, checked: { ...(await dataProvider.checkLeak(text)), text }, error: null });
    } catch (error) {
      setState({ busy: false, checked: null, error });
    }
  };
  return { ...state, check, forget: () => setState({ busy: false, checked: null, error: null }) };
}

function Check() {
  const [text, setText] = useState('');
  const [revoking, setRevoking] = useState<RevocableKey | null>(null);
  const { busy, checked, error, check, forget } = useCheck();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void check(text);
  };
  const change = (next: string): void => {
    setText(next);
    if (checked !== null || error !== null) forget();
  };
  // What has become of the key is looked at again.
  const close = (): void => {
    setRevoking(null);
    if (checked) void check(checked.text);
  };
  return (
    <Page
      title="Leak check"
      lead="Paste what looks like a key, or a whole log line or file. You learn whether it is a key of yours, which one, and its state. The text is neither stored nor logged; the activity log says that you checked, and what came out."
    >
      <Part>
        <form onSubmit={submit}>
          <Stack>
            <Field>
              Text
              {/* No spelling check: some browsers ask a server about what is typed. */}
              <textarea
                value={text}
                maxLength={MOST}
                onChange={(event) => change(event.target.value)}
                spellCheck={false}
                autoComplete="off"
                autoCorrect="off"
                autoCapitalize="off"
                autoFocus
                placeholder="pbk_…"
              />
            </Field>
            <Row>
              <Button type="submit" variant="contained" disabled={busy || text.trim() === ''}>
                {busy ? 'Checking…' : 'Check'}
              </Button>
              <Button variant="outlined" disabled={text === ''} onClick={() => change('')}>
                Clear
              </Button>
            </Row>
            {error !== null && <ProblemView error={error} />}
            {checked && <Outcome checked={checked} onRevoke={setRevoking} />}
          </Stack>
        </form>
      </Part>
      {revoking && <RevokeDialog apiKey={revoking} onClose={close} />}
    </Page>
  );
}

export function LeakCheckPage() {
  const session = useSession();
  if (!session) return null;
  return can(session.role, 'incidents:write') ? <Check /> : <AccessDenied />;
}
