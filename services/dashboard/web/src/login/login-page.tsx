import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { nextPage } from '../../../src/security/next-page.ts';
import { ApiError, postJson } from '../api/client.ts';
import type { Session } from '../api/contract.ts';
import { renewLive } from '../api/live.ts';
import { Icon } from '../components/icon.tsx';
import { currentSearch, navigate } from '../router/router.ts';
import { loadSession, session } from '../state/session.ts';
import './login.css';
import { failureOf, LOGIN_FAILURES } from './login-failures.ts';

/** Where somebody wanted to go before they had to log in. */
const wanted = (): string => nextPage(currentSearch.value.get('next') ?? undefined);

function Failure({ text, id }: { text: string; id: string }): JSX.Element {
  return (
    <div class="notice bad" role="alert" id={id}>
      <Icon name="octagon" />
      <div>
        <p>{text}</p>
      </div>
    </div>
  );
}

/** The token goes to the service once; a cookie that no script can read is what stays. */
function TokenForm(): JSX.Element {
  const input = useId();
  const failure = useId();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const logIn = async (): Promise<void> => {
    setBusy(true);
    setFailed(null);
    try {
      await postJson<Session>('/api/session', { token: token.trim() });
      await loadSession();
      renewLive();
    } catch (error) {
      setFailed(error instanceof ApiError ? failureOf(error.problem) : LOGIN_FAILURES.other);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="login-form"
      onSubmit={(event) => {
        event.preventDefault();
        void logIn();
      }}
    >
      {/* for managers of passwords, which keep a token by a name */}
      <input type="text" name="username" autocomplete="username" value="Medallion dashboard" readOnly hidden />
      <label class="field" for={input}>
        Token
        <input
          id={input}
          name="token"
          type="password"
          autocomplete="current-password"
          required
          maxLength={1_024}
          value={token}
          aria-invalid={failed !== null}
          aria-describedby={failed === null ? undefined : failure}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {failed !== null && <Failure text={failed} id={failure} />}
      <button type="submit" class="button primary" disabled={busy || token.trim() === ''}>
        {busy ? 'Logging in …' : 'Log in'}
      </button>
      <p class="muted small">Whoever runs this dashboard has tokens: one to look, one to look and redrive.</p>
    </form>
  );
}

/** A link, not a request: the issuer has pages of its own. */
function IssuerLink(): JSX.Element {
  const failure = useId();
  const problem = currentSearch.value.get('problem');
  return (
    <div class="login-form">
      {problem !== null && <Failure text={failureOf({ code: problem })} id={failure} />}
      <a class="button primary" href={`/api/login/oidc?${new URLSearchParams({ next: wanted() })}`}>
        {problem === null ? 'Log in' : 'Try again'}
      </a>
      <p class="muted small">You log in at your organisation, and come back here.</p>
    </div>
  );
}

/** Where one logs in, in the way that this dashboard was told; whoever already is goes on to where they wanted. */
export function LoginPage(): JSX.Element {
  const current = session.value;
  const known = current !== null && current.role !== null;
  const heading = useId();
  useEffect(() => {
    document.title = 'Log in · Medallion';
  }, []);
  useEffect(() => {
    if (known) navigate(wanted(), { replace: true });
  }, [known]);
  return (
    <section class="card login-card" aria-labelledby={heading} aria-busy={current === null}>
      <h1 class="login-name" id={heading}>
        <Icon name="star" filled />
        Log in to Medallion
      </h1>
      {current?.login === 'token' && !known && <TokenForm />}
      {current?.login === 'oidc' && !known && <IssuerLink />}
    </section>
  );
}
