import { renewLive } from '../api/live.ts';
import { session } from '../state/session.ts';

/** Ends the session, for every copy of its cookie; what was on show goes with the page, so it is loaded again. */
export async function logOut(): Promise<void> {
  const csrf = session.peek()?.csrf;
  await fetch('/api/session', {
    method: 'DELETE',
    credentials: 'same-origin',
    headers: csrf === null || csrf === undefined ? {} : { 'x-csrf-token': csrf },
  });
  renewLive();
  window.location.assign('/login');
}
