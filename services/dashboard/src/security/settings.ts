import { isIP } from 'node:net';
import { durationMs, type Item, list, oneOf, secret, string, url } from '@medallion/service';

const hostName: Item = {
  allowed: 'a host name or an address, without a port',
  accepts: (text) => /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?)$/.test(text),
};

const network: Item = {
  allowed: 'an address or a network such as 10.0.0.0/8',
  accepts(text) {
    const [address = '', bits, ...more] = text.split('/');
    const version = isIP(address);
    if (version === 0 || more.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  },
};

const claimValue: Item = {
  allowed: 'a value of the claim',
  accepts: (text) => text !== '' && text.length <= 200,
};

const token = {
  // what a bearer token may consist of
  pattern: /^[A-Za-z0-9._~+/=-]{20,512}$/,
  allowed: '20 to 512 characters of A-Z a-z 0-9 . _ ~ + / = -',
};

/** Who may look at the dashboard, how they prove it, and how the way to it is kept safe. */
export const securitySettings = {
  AUTH: oneOf(['none', 'token', 'oidc'], {
    doc: 'How people log in: `none` (only on this machine: everybody is an operator), `token` (VIEWER_TOKEN, OPERATOR_TOKEN) or `oidc` (OIDC_…).',
    default: 'none',
  }),
  DASHBOARD_INSECURE: oneOf(['true', 'false'], {
    doc: 'Allows AUTH=none on other addresses than those of this machine: whoever reaches the port is an operator.',
    default: 'false',
  }),
  DASHBOARD_HOSTS: list(hostName, {
    doc: 'The names by which browsers reach the dashboard; the names of this machine itself (localhost) always work. Requests to other names are refused.',
  }),
  TRUST_PROXY: list(network, {
    doc: 'The proxies whose X-Forwarded-… headers are believed (address of the client, TLS, host).',
  }),
  TLS_CERT_FILE: string({
    doc: 'The path of the certificate (PEM, with its chain); with TLS_KEY_FILE the dashboard speaks HTTPS. A renewed file is read by itself.',
  }),
  TLS_KEY_FILE: string({ doc: 'The path of the key (PEM) of TLS_CERT_FILE.' }),
  VIEWER_TOKEN: secret(string({ ...token, doc: 'With AUTH=token: who has it may look.' })),
  OPERATOR_TOKEN: secret(
    string({
      ...token,
      doc: 'With AUTH=token: who has it may also see quarantined records as they came, and redrive them.',
    }),
  ),
  SESSION_SECRET: secret(
    string({
      pattern: /^[\s\S]{32,}$/,
      allowed: 'at least 32 characters',
      doc: 'Sessions are sealed with it: they survive a restart, and several instances share them. Random for each process when not set.',
    }),
  ),
  SESSION_LIFETIME_MS: durationMs({
    doc: 'After so long people log in again.',
    min: 60_000,
    max: 604_800_000,
    default: 43_200_000,
  }),
  OIDC_ISSUER: url({
    doc: 'With AUTH=oidc: the issuer, as its discovery document names it.',
    schemes: ['https', 'http'],
  }),
  OIDC_CLIENT_ID: string({ doc: 'The client that this dashboard is to the issuer.' }),
  OIDC_CLIENT_SECRET: secret(string({ doc: 'The secret of OIDC_CLIENT_ID; a public client has none.' })),
  OIDC_REDIRECT_URL: url({
    doc: 'Where the issuer sends people back to: the address of this dashboard and /api/login/oidc/callback.',
    schemes: ['https', 'http'],
  }),
  OIDC_SCOPES: string({ doc: 'What the issuer is asked for, separated by spaces.', default: 'openid profile email' }),
  OIDC_ROLE_CLAIM: string({
    doc: 'The claim that says what somebody may; a path with dots for one within another (realm_access.roles).',
    default: 'groups',
  }),
  OIDC_VIEWER_VALUES: list(claimValue, { doc: 'Who has one of these values in OIDC_ROLE_CLAIM is a viewer.' }),
  OIDC_OPERATOR_VALUES: list(claimValue, { doc: 'Who has one of these values in OIDC_ROLE_CLAIM is an operator.' }),
  OIDC_AUDIENCE: string({ doc: 'Whom bearer tokens of the issuer have to be meant for; OIDC_CLIENT_ID when not set.' }),
} as const;
