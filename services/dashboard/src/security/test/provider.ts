import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { calculatePKCECodeChallenge } from 'openid-client';

export const REDIRECT_URL = 'http://localhost:29100/api/login/oidc/callback';
export const AUDIENCE = 'urn:dashboard';

export type TestProvider = {
  readonly issuer: string;
  /** Requests that came in, by path. */
  readonly asked: ReadonlyMap<string, number>;
  /** Says `yes` to whatever is asked of `account`, as its browser would: the address that the issuer sends it back to. */
  agree(url: string, account: string): Promise<string>;
  /** A token for a program, for `resource`. */
  token(client: string, resource: string): Promise<string>;
  /** The ID token of somebody who logged in at the dashboard's client. */
  idToken(account: string): Promise<string>;
  /** Who is in front of the browser that comes along. */
  account: string;
  /** Does not answer (503) until it is up again. */
  down: boolean;
  close(): Promise<void>;
};

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  olga: ['night-operators', 'staff'],
  vera: ['staff'],
  mallory: ['visitors'],
  'robot-operator': ['night-operators'],
  'robot-nobody': [],
};

const SECRET = 'client-secret-0123456789';

const robot = (client_id: string) => ({
  ...{ client_id, client_secret: SECRET, redirect_uris: [], response_types: [] },
  ...{ grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post' },
});

const configuration = (groupsIn: 'userinfo' | 'id_token') => ({
  clients: [
    {
      ...{ client_id: 'dashboard', client_secret: SECRET, redirect_uris: [REDIRECT_URL], response_types: ['code'] },
      ...{ grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_post' },
    },
    robot('robot-operator'),
    robot('robot-nobody'),
  ],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
  conformIdTokenClaims: groupsIn === 'userinfo',
  cookies: { keys: ['only for tests'] },
  pkce: { required: () => true },
  findAccount: (_context: unknown, sub: string) => ({
    accountId: sub,
    claims: async () => ({ sub, preferred_username: `${sub} the name`, groups: GROUPS[sub] }),
  }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context: unknown, audience: string) => ({
        ...{ audience, scope: '', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } },
      }),
    },
  },
  extraTokenClaims: (_context: unknown, token: { clientId: string }) => ({ groups: GROUPS[token.clientId] }),
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
});

/** Logs in whom the query of `/agree` names, and agrees to what the dashboard wants to know. */
async function interact(provider: Provider, account: string, request: IncomingMessage, response: ServerResponse) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login')
    return provider.interactionFinished(request, response, { login: { accountId: account } });
  const grant = new provider.Grant({ accountId: session?.accountId ?? account, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** A real issuer in this process, on a port of its own. */
export async function startProvider(groupsIn: 'userinfo' | 'id_token' = 'userinfo', port = 0): Promise<TestProvider> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configuration(groupsIn));
  const answer = provider.callback();
  const asked = new Map<string, number>();
  const self = {
    issuer,
    asked,
    account: '',
    down: false,
    async agree(url: string, name: string): Promise<string> {
      self.account = name;
      const jar = new Map<string, string>();
      let at = url;
      while (at.startsWith(issuer)) {
        const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ');
        const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
        for (const set of response.headers.getSetCookie()) {
          const [pair = ''] = set.split(';');
          jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
        }
        const location = response.headers.get('location');
        if (location === null) throw new Error(`${response.status} of ${at}: ${await response.text()}`);
        at = new URL(location, at).href;
      }
      return at;
    },
    async token(client: string, resource: string): Promise<string> {
      const body = new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_id: client, client_secret: SECRET, resource },
      });
      const response = await fetch(`${issuer}/token`, { method: 'POST', body });
      const { access_token } = (await response.json()) as { access_token: string };
      return access_token;
    },
    async idToken(name: string): Promise<string> {
      const verifier = 'a-verifier-of-at-least-43-characters-0123456789';
      const url = new URL(`${issuer}/auth`);
      url.search = new URLSearchParams({
        ...{ client_id: 'dashboard', response_type: 'code', scope: 'openid profile', redirect_uri: REDIRECT_URL },
        ...{
          nonce: 'a nonce',
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        },
      }).toString();
      const code = new URL(await self.agree(url.href, name)).searchParams.get('code') ?? '';
      const body = new URLSearchParams({
        ...{ grant_type: 'authorization_code', client_id: 'dashboard', client_secret: SECRET },
        ...{ code, redirect_uri: REDIRECT_URL, code_verifier: verifier },
      });
      const response = await fetch(`${issuer}/token`, { method: 'POST', body });
      const { id_token } = (await response.json()) as { id_token: string };
      return id_token;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (self.down) return void response.writeHead(503).end();
    if (!path.startsWith('/interaction/')) return answer(request, response);
    interact(provider, self.account, request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  return self;
}

/** The settings of a dashboard that trusts it. */
export const oidcEnv = (issuer: string): Record<string, string> => ({
  AUTH: 'oidc',
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: 'dashboard',
  OIDC_CLIENT_SECRET: SECRET,
  OIDC_REDIRECT_URL: REDIRECT_URL,
  OIDC_VIEWER_VALUES: 'staff',
  OIDC_OPERATOR_VALUES: 'night-operators',
  OIDC_AUDIENCE: AUDIENCE,
});
