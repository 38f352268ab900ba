import { catalogue } from './entry.ts';

/** Of the dashboard: who asks, for what, and how often. */
export const dashboardErrors = catalogue({
  MED_LOGIN_REQUIRED: {
    retryable: false,
    message: 'nobody is known to ask: {reason}',
    remedy: 'log in at /login, or send the header Authorization: Bearer with a token that holds',
  },
  MED_LOGIN_REFUSED: {
    retryable: false,
    message: 'the login was refused: {reason}',
    remedy: 'log in again; if that does not help, ask who runs the dashboard: its log has the reason',
  },
  MED_LOGIN_LIMITED: {
    retryable: true,
    message: 'too many logins from this address have failed',
    remedy: 'wait {seconds} s, then try again',
  },
  MED_LOGIN_UNAVAILABLE: {
    retryable: true,
    message: 'the issuer {issuer} cannot be asked: {reason}',
    remedy: 'check OIDC_ISSUER and that the issuer is up; the dashboard keeps trying',
  },
  MED_FORBIDDEN: {
    retryable: false,
    message: '{user} may not do this: {reason}',
    remedy: 'log in as somebody who may, or ask who runs the dashboard for that right',
  },
  MED_REQUEST_INVALID: {
    retryable: false,
    message: 'the request cannot be answered: {problem}',
    remedy: 'correct it; /api/docs says what each address takes',
  },
  MED_NOT_FOUND: {
    retryable: false,
    message: 'there is no {kind} "{name}"',
    remedy: '{list} lists those that there are',
  },
  MED_NOT_CONFIGURED: {
    retryable: false,
    message: 'this dashboard cannot do that: it was not given {settings}',
    remedy: 'start it with {settings}; docs/configuration.md says what they are',
  },
  MED_LIVE_FULL: {
    retryable: true,
    message: 'this dashboard already tells {limit} pages what happens, or is about to stop',
    remedy: 'nothing to do: the page asks now and then instead, and tries again; more pages need another dashboard',
  },
  MED_RATE_LIMITED: {
    retryable: true,
    message: 'this address asked more than {limit} times within {window}',
    remedy: 'wait {seconds} s, then ask less often',
  },
  MED_READ_TOO_LONG: {
    retryable: true,
    message: 'the answer could not be read from Postgres within {seconds} s',
    remedy:
      'ask for less: a shorter time, a filter, or the order of the key; what follows the newest rows is the fastest',
  },
  MED_OVERLOADED: {
    retryable: true,
    message: 'the dashboard has more to do than it can: {reason}',
    remedy: 'ask again in some seconds; when it stays so, run another dashboard beside it',
  },
  MED_REQUEST_FORGED: {
    retryable: false,
    message: 'the request does not come from a page of this dashboard: {reason}',
    remedy: 'load the page again; a program sends Authorization: Bearer, or x-csrf-token from GET /api/session',
  },
  MED_HOST_UNKNOWN: {
    retryable: false,
    message: 'this dashboard is not called {host}',
    remedy: 'use its own address, or add the name to DASHBOARD_HOSTS',
  },
});
