import type { JSX } from 'preact';
import { Icon } from '../components/icon.tsx';
import { logOut } from '../login/log-out.ts';
import { session } from '../state/session.ts';

/** Who is logged in, and the way out; nothing where nobody has to. */
export function SessionMenu(): JSX.Element | null {
  const current = session.value;
  if (current === null || current.login === 'none' || current.role === null) return null;
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
