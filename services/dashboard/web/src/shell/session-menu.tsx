import type { JSX } from 'preact';
import { postJson } from '../api/client.ts';
import { Icon } from '../components/icon.tsx';
import { loadSession, session, toLogin } from '../state/session.ts';

/** Who is logged in, and the way out; nothing where nobody has to. */
export function SessionMenu(): JSX.Element | null {
  const current = session.value;
  if (current === null || current.login === 'none' || current.role === null) return null;
  const logOut = async (): Promise<void> => {
    await postJson('/api/logout', {});
    await loadSession();
    toLogin();
  };
  return (
    <div class="row">
      <span class="chip" title={`May ${current.role === 'operator' ? 'look and redrive' : 'look'}`}>
        <Icon name="user" />
        {current.user ?? current.role}
      </span>
      <button type="button" class="button quiet" onClick={() => void logOut()}>
        Log out
      </button>
    </div>
  );
}
