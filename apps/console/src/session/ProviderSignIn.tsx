/** The way through the OpenID provider, as the sign-in page sees it: the button there, and what came of it. */
import Button from '@mui/material/Button';
import { useEffect, useRef } from 'react';
import { useLocation } from 'react-admin';
import { Notice } from '../elements/Notice';

const sentences: Record<string, string> = {
  unreachable: 'The provider does not answer. Try again in a moment, or use your password.',
  unfinished: 'The sign-in was not completed, took too long, or was begun in another window. Begin again.',
  declined: 'The provider did not let you through. Try again, or ask those who run it.',
  unverified_email: 'The provider has not verified your e-mail address, so it cannot be matched with an account. Verify it there first.',
  no_account: 'You have no account here. Ask an admin of your organization to invite you.',
  no_role: 'None of your groups at the provider has a role here. Ask those who manage the groups.',
  suspended: 'Your account is suspended. Ask an admin of your organization.',
  other_account: 'Your e-mail address belongs to an account that is linked to somebody else at the provider. Ask an admin.',
};

/** `onBack`: the session was opened on the way; `onCode`: a code is missing. Each is said once. */
export function ProviderSignIn({ provider, onBack, onCode }: { provider: string | null; onBack: () => void; onCode: () => void }) {
  const search = new URLSearchParams(useLocation().search);
  const [from, problem] = [search.get('from'), search.get('problem')];
  const said = useRef(false);
  useEffect(() => {
    if (said.current || from === null) return;
    said.current = true;
    if (from === 'provider') onBack();
    if (from === 'provider-code') onCode();
  }, [from, onBack, onCode]);
  return (
    <>
      {problem !== null && (
        <Notice tone="client" role="alert">
          <strong>You are not signed in</strong>
          <p>{sentences[problem] ?? sentences['unfinished']}</p>
        </Notice>
      )}
      {provider !== null && (
        <Button variant="outlined" size="large" href="/v1/session/oidc/start">
          Sign in with {provider}
        </Button>
      )}
    </>
  );
}
