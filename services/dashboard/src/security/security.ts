import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import type { Clock, Log } from '@medallion/core';
import type { Config } from '@medallion/service';
import type { FastifyInstance } from 'fastify';
import { createAttempts } from './attempts.ts';
import { type Audit, auditTo } from './audit.ts';
import { checkConfig } from './check-config.ts';
import { registerHeaders } from './headers.ts';
import { allowedHosts } from './hosts.ts';
import { createOidc, type Oidc } from './oidc.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { createSeal } from './seal.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions } from './sessions.ts';
import type { securitySettings } from './settings.ts';
import { readTls, type TlsOptions, watchTls } from './tls.ts';
import { roleOfToken } from './tokens.ts';
import type { Person, Who } from './who.ts';
import { whoAsks } from './who-asks.ts';

/** The settings that say who may look at the dashboard; `settings.ts` of this folder, and where it listens. */
export type SecurityConfig = Config<typeof securitySettings> & { readonly DASHBOARD_HOST: string };

/** What the dashboard is kept safe with. */
export type Security = {
  /** For `fastify({ … })`: TLS, and which proxies are believed. */
  readonly serverOptions: { readonly https: TlsOptions | null; readonly trustProxy: string[] | false };
  /** Adds the headers that all answers have. First of all, so that refusals have them too. */
  addHeaders(app: FastifyInstance): Promise<void>;
  /**
   * Adds who asks (`request.who`), what they may (`config.access`, a viewer where nothing is said) and the routes of
   * `/api/session` and `/api/login`. Before any other routes.
   */
  register(app: FastifyInstance): Promise<void>;
};

/** What security is given by the rest of the dashboard. */
export type SecurityParts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Where what operators do is written down; the log alone when not given. */
  readonly audit?: Audit;
  /** Whether this dashboard was given what a redrive needs. */
  readonly canRedrive: boolean;
};

function oidcOf(config: SecurityConfig, { clock, log }: SecurityParts): Oidc | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_REDIRECT_URL } = config;
  if (config.AUTH !== 'oidc' || !OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_REDIRECT_URL) return null;
  return createOidc({
    issuer: OIDC_ISSUER,
    clientId: OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET,
    redirectUrl: OIDC_REDIRECT_URL,
    scopes: config.OIDC_SCOPES,
    audience: config.OIDC_AUDIENCE ?? OIDC_CLIENT_ID,
    roleClaim: config.OIDC_ROLE_CLAIM,
    values: { viewer: config.OIDC_VIEWER_VALUES ?? [], operator: config.OIDC_OPERATOR_VALUES ?? [] },
    clock,
    log,
  });
}

/** Everything that makes sessions of before void when it changes. */
const bindingOf = (config: SecurityConfig): string[] => [
  config.AUTH,
  config.VIEWER_TOKEN ?? '',
  config.OPERATOR_TOKEN ?? '',
  config.OIDC_ISSUER ?? '',
  config.OIDC_CLIENT_ID ?? '',
  config.OIDC_ROLE_CLAIM,
  JSON.stringify([config.OIDC_VIEWER_VALUES, config.OIDC_OPERATOR_VALUES]),
];

/** All interfaces: an address to listen on, and nobody's name. */
const WILDCARDS = ['0.0.0.0', '::', '[::]'];

const ownNames = (config: SecurityConfig): string[] => {
  const listening = WILDCARDS.includes(config.DASHBOARD_HOST) ? [] : [config.DASHBOARD_HOST];
  const redirect = URL.parse(config.OIDC_REDIRECT_URL ?? '');
  return [...listening, ...(config.DASHBOARD_HOSTS ?? []), ...(redirect === null ? [] : [redirect.hostname])];
};

const tlsFiles = ({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: SecurityConfig) =>
  certFile === undefined || keyFile === undefined ? null : { certFile, keyFile };

function warnOfOpenDoors(config: SecurityConfig, log: Log): void {
  if (config.AUTH === 'none' && config.DASHBOARD_INSECURE === 'true')
    log.warn({ host: config.DASHBOARD_HOST }, 'DASHBOARD_INSECURE: whoever reaches the port is an operator');
  const far = !allowedHosts([])(config.DASHBOARD_HOST);
  if (far && tlsFiles(config) === null && config.TRUST_PROXY === undefined)
    log.warn({ host: config.DASHBOARD_HOST }, 'neither TLS nor a proxy with it: what is sent can be read on the way');
}

/**
 * Who may look at the dashboard. Throws MED_CONFIG_INVALID with everything that would leave it open.
 *
 * @example
 * const security = securityOf(config, { clock, log, audit: auditTo({ log, query }), canRedrive: true });
 * const app = fastify(security.serverOptions);
 * await security.addHeaders(app);
 * await security.register(app);
 */
export function securityOf(config: SecurityConfig, parts: SecurityParts): Security {
  checkConfig(config);
  const { clock, log } = parts;
  warnOfOpenDoors(config, log);
  const files = tlsFiles(config);
  const oidc = oidcOf(config, parts);
  const seal = createSeal(clock, config.SESSION_SECRET, bindingOf(config));
  const sessions = createSessions(seal, clock, config.SESSION_LIFETIME_MS);
  const attempts = createAttempts(clock);
  const roleOf = roleOfToken({ viewer: config.VIEWER_TOKEN, operator: config.OPERATOR_TOKEN });
  const ofToken = (token: string): Person | null => {
    const role = roleOf(token);
    return role === null ? null : { user: role, shown: role, role };
  };
  const csrf = randomBytes(24).toString('base64url');
  const everybody: Who = { user: 'anybody', shown: 'anybody', role: 'operator', via: 'none', csrf, until: null };
  const login = {
    login: config.AUTH,
    sessions,
    attempts,
    roleOfToken: roleOf,
    canRedrive: parts.canRedrive,
    audit: parts.audit ?? auditTo({ log }),
    log,
  };

  return {
    serverOptions: {
      https: files === null ? null : readTls(files),
      trustProxy: config.TRUST_PROXY === undefined ? false : [...config.TRUST_PROXY],
    },
    addHeaders: registerHeaders,
    async register(app) {
      await app.register(cookie);
      app.decorateRequest('who', null);
      app.addHook(
        'onRequest',
        whoAsks({
          isAllowedHost: allowedHosts(ownNames(config)),
          everybody: config.AUTH === 'none' ? everybody : null,
          sessions,
          bearer: async (token) => (oidc === null ? ofToken(token) : await oidc.bearer(token)),
          attempts: config.AUTH === 'token' ? attempts : null,
          log,
        }),
      );
      sessionRoutes(app, login);
      if (oidc !== null) oidcRoutes(app, oidc, seal, login);
      if (files !== null && 'setSecureContext' in app.server) {
        // the type says http.Server, whichever it is
        const server = app.server as typeof app.server & Parameters<typeof watchTls>[1];
        const stop = watchTls(files, server, log);
        app.addHook('onClose', async () => stop());
      }
    },
  };
}
