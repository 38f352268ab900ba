/** What somebody who could not log in is told: fixed words, whatever a link to this page says. */
export const LOGIN_FAILURES = {
  refused: 'That did not work. Check the token, or log in again.',
  forbidden: 'You are known, but have no rights on this dashboard. Ask who runs it.',
  limited: 'Too many logins from here have failed. Wait a quarter of an hour, then try again.',
  away: 'Your organisation’s login does not answer. Try again in a moment.',
  other: 'That did not work. Try again.',
} as const;

const WORDS: Readonly<Record<string, string>> = {
  MED_LOGIN_REFUSED: LOGIN_FAILURES.refused,
  MED_FORBIDDEN: LOGIN_FAILURES.forbidden,
  MED_LOGIN_LIMITED: LOGIN_FAILURES.limited,
  MED_LOGIN_UNAVAILABLE: LOGIN_FAILURES.away,
};

/** The words for a problem's code. A problem without one is that of the connection, and says itself what it is. */
export const failureOf = (problem: { readonly code?: string; readonly detail?: string }): string =>
  problem.code === undefined
    ? (problem.detail ?? LOGIN_FAILURES.other)
    : ((Object.hasOwn(WORDS, problem.code) ? WORDS[problem.code] : undefined) ?? LOGIN_FAILURES.other);
