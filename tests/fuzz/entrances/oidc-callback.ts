import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cookiesOf, type TestApp, testApp, testClock } from '../../../services/dashboard/src/security/test/app.ts';
import {
  oidcEnv,
  REDIRECT_URL,
  startProvider,
  type TestProvider,
} from '../../../services/dashboard/src/security/test/provider.ts';
import { entrance } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { MARKER } from '../hostile/marker.ts';
import { hostileText } from '../hostile/texts.ts';

const CALLBACK = new URL(REDIRECT_URL).pathname;
const LOGIN_COOKIE = 'medallion-login';
const SESSION_COOKIE = 'medallion';
/** Logins that are under way at the same time, in browsers of their own. */
const LOGINS = 4;
const HUGE = 100_000;

/** A login that was begun, and what the issuer sends its browser back with. */
type Login = { readonly cookie: string; readonly state: string; readonly back: URLSearchParams; isOver: boolean };

const value = fc.oneof(
  hostileText.map((text) => text.slice(0, 2_000)),
  fc.constantFrom(
    '',
    'true',
    'null',
    'access_denied',
    'a'.repeat(6_000),
    'https://evil.example',
    'eyJhbGciOiJub25lIn0.e30.',
  ),
);
const NAMES = [
  'state',
  'code',
  'iss',
  'error',
  'error_description',
  'response',
  'id_token',
  'session_state',
  '__proto__',
];
/** One thing that the way back has otherwise. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), name: fc.constantFrom(...NAMES), value }),
  fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom(...NAMES), value }),
  fc.record({ kind: fc.constant('drop' as const), name: fc.constantFrom('state', 'code', 'iss') }),
  fc.record({ kind: fc.constant('of another' as const), name: fc.constantFrom('state', 'code', 'iss') }),
);
const cookie = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'own' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'of another' as const }, { kind: 'none' as const }, { kind: 'huge' as const }),
  },
  // A session is sealed too, for another purpose; so is a part of a seal no seal.
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'session' as const }, { kind: 'twice' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('forged' as const), at: fc.nat(), by: fc.integer({ min: 1, max: 63 }) }),
  },
  { weight: 1, arbitrary: value.map((text) => ({ kind: 'any' as const, text })) },
);
const callback = fc.record({
  login: fc.nat(LOGINS - 1),
  changes: fc.oneof(
    { weight: 12, arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  cookie,
  next: fc.option(value, { nil: undefined }),
});
type Callback = typeof callback extends fc.Arbitrary<infer C> ? C : never;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What a cookie of headers may hold: what is no letter of it is written as browsers do. */
const sent = (text: string): string => encodeURIComponent(text.toWellFormed());

class Logins {
  readonly provider: TestProvider;
  readonly app: TestApp['app'];
  #session = '';
  readonly #under: Login[] = [];

  private constructor(provider: TestProvider, app: TestApp['app']) {
    this.provider = provider;
    this.app = app;
  }

  static async open(journal: Journal): Promise<Logins> {
    const provider = await startProvider();
    // The issuer lives in the time of the machine.
    const { app } = await testApp(oidcEnv(provider.issuer), {
      clock: testClock(Date.now()),
      log: journal.log,
    } as never);
    const logins = new Logins(provider, app);
    await logins.right();
    return logins;
  }

  /** Begins a login in a browser of its own, and agrees at the issuer. */
  async begin(next = '/'): Promise<Login> {
    const begun = await this.app.inject({ url: '/api/login/oidc', query: { next } });
    const url = String(begun.headers.location);
    const back = new URL(await this.provider.agree(url, 'vera')).searchParams;
    return { cookie: cookiesOf(begun)[LOGIN_COOKIE]!, state: back.get('state')!, back, isOver: false };
  }

  /** Of those under way, the one in that place. */
  async at(place: number): Promise<Login> {
    const kept = this.#under[place];
    if (kept !== undefined && !kept.isOver) return kept;
    const begun = await this.begin();
    this.#under[place] = begun;
    return begun;
  }

  /** Logs somebody in as it should be: whatever came before, it holds. */
  async right(): Promise<void> {
    const { cookie: sealed, back } = await this.begin('/operator/santa-deliveries');
    const answer = await this.app.inject({ url: `${CALLBACK}?${back}`, cookies: { [LOGIN_COOKIE]: sealed } });
    assert.equal(answer.headers.location, '/operator/santa-deliveries', 'a login as it should be');
    this.#session = cookiesOf(answer)[SESSION_COOKIE]!;
  }

  /** The header of a case's cookies, and the login that it proves this browser to have begun. */
  cookieOf(
    { kind, ...more }: Callback['cookie'],
    own: Login,
    other: Login,
  ): { readonly header: string; readonly proves: Login | null } {
    const of = (text: string): string => `${LOGIN_COOKIE}=${text}`;
    switch (kind) {
      case 'own':
        return { header: of(own.cookie), proves: own };
      case 'of another':
        return { header: of(other.cookie), proves: other };
      case 'none':
        return { header: '', proves: null };
      case 'huge':
        return { header: of('a'.repeat(HUGE)), proves: null };
      case 'session':
        return { header: of(this.#session), proves: null };
      case 'twice':
        return { header: `${of('x')}; ${of(own.cookie)}`, proves: own };
      case 'any':
        return { header: of(sent((more as { text: string }).text)), proves: null };
      case 'forged': {
        const { at, by } = more as { at: number; by: number };
        const place = at % own.cookie.length;
        const letter = LETTERS.indexOf(own.cookie[place]!);
        const forged = letter < 0 ? '' : LETTERS[(letter + by) % LETTERS.length];
        return { header: of(`${own.cookie.slice(0, place)}${forged}${own.cookie.slice(place + 1)}`), proves: null };
      }
    }
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.provider.close();
  }
}

function changed(own: Login, other: Login, changes: Callback['changes']): URLSearchParams {
  const query = new URLSearchParams(own.back);
  for (const each of changes)
    if (each.kind === 'set') query.set(each.name, each.value.toWellFormed());
    else if (each.kind === 'add') query.append(each.name, each.value.toWellFormed());
    else if (each.kind === 'drop') query.delete(each.name);
    else query.set(each.name, other.back.get(each.name) ?? '');
  return query;
}

let opened: Promise<Logins> | null = null;

/** One way back: nobody is logged in who has not both begun and agreed in this browser, and nobody is sent elsewhere. */
async function judgeOne(logins: Logins, each: Callback, journal: Journal): Promise<void> {
  const [own, other] = [await logins.at(each.login), await logins.at((each.login + 1) % LOGINS)];
  const query = changed(own, other, each.changes);
  const { header, proves } = logins.cookieOf(each.cookie, own, other);
  const isOf = (name: string): boolean => query.getAll(name).join() === proves?.back.get(name);
  const may = proves !== null && !proves.isOver && isOf('state') && isOf('code');
  const answer = await logins.app.inject({
    url: `${CALLBACK}?${query}`,
    headers: header === '' ? {} : { cookie: header },
  });
  const isIn = (cookiesOf(answer)[SESSION_COOKIE] ?? '') !== '';
  assert.ok(!isIn || may, 'somebody is logged in who may not be');
  if (may) proves.isOver = true;
  const { statusCode } = answer;
  // Longer than any address, or than all headers together.
  if ([414, 431].includes(statusCode)) return journal.met(String(statusCode));
  assert.equal(statusCode, 303, answer.payload.slice(0, 300));
  const location = String(answer.headers.location);
  assert.ok(location.startsWith('/') && !/^\/[/\\]/.test(location), `it leads to ${location}`);
  assert.ok(!JSON.stringify(answer.headers).includes(MARKER), 'what was sent came back in a header');
  for (const line of journal.lines)
    for (const secret of [own.state, own.back.get('code')!, own.cookie])
      assert.ok(!line.includes(secret), `a log line holds what a login is proved by: ${line.slice(0, 300)}`);
  journal.met(isIn ? 'logged in' : (new URL(location, REDIRECT_URL).searchParams.get('problem') ?? location));
}

export const oidcCallback = entrance({
  name: 'oidc-callback',
  about: 'ways back from an issuer: state, code, iss and cookies that are forged, of somebody else, used before, huge',
  cases: callback,
  together: 100,
  async judge(batch, journal) {
    opened ??= Logins.open(journal);
    const logins = await opened;
    for (const each of batch) await judgeOne(logins, each, journal);
    for (const { next } of batch.slice(0, 5)) {
      if (next === undefined) continue;
      const begun = await logins.app.inject({
        url: '/api/login/oidc',
        query: { next: next.slice(0, 1_000).toWellFormed() },
      });
      assert.equal(begun.statusCode, 303);
      assert.ok(
        String(begun.headers.location).startsWith(`${logins.provider.issuer}/`),
        'to the issuer, and nowhere else',
      );
    }
    await logins.right();
  },
  async close() {
    await (await opened)?.close();
    opened = null;
  },
});
