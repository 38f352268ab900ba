import { signal } from '@preact/signals';
import { getJson, useCsrf, whenUnauthorised } from '../api/client.ts';
import type { Session } from '../api/contract.ts';
import { currentPath, navigate } from '../router/router.ts';

/** Who looks at this page, and what they may; null until it is known. */
export const session = signal<Session | null>(null);

/** Asks who is logged in. Throws ApiError. */
export async function loadSession(): Promise<void> {
  const answer = await getJson<Session>('/api/session');
  useCsrf(answer.csrf);
  session.value = answer;
  if (answer.login !== 'none' && answer.role === null) toLogin();
}

/** Where to log in, and to come back from. */
export function toLogin(): void {
  if (currentPath.peek() === '/login') return;
  const back = window.location.pathname + window.location.search + window.location.hash;
  navigate(`/login?next=${encodeURIComponent(back)}`, { replace: true });
}

/** Finds out who is here, and shows the login when a session ends. */
export function startSession(): void {
  whenUnauthorised(toLogin);
  const ask = (attempt: number): void => {
    loadSession().catch(() => window.setTimeout(ask, Math.min(10_000, 1_000 * 2 ** attempt), attempt + 1));
  };
  ask(0);
}
