import { MedallionError, messageOf } from '@medallion/core';
import { isLoopback } from './hosts.ts';
import { mayBePlain } from './issuer.ts';
import type { SecurityConfig } from './security.ts';
import { readTls } from './tls.ts';

export const CALLBACK = '/api/login/oidc/callback';

function ofNone(config: SecurityConfig): string[] {
  if (config.AUTH !== 'none' || config.DASHBOARD_INSECURE === 'true') return [];
  const allowed = 'allowed: AUTH=token or AUTH=oidc, or DASHBOARD_INSECURE=true to let everybody in knowingly';
  if (!isLoopback(config.DASHBOARD_HOST))
    return [
      `AUTH: with none and DASHBOARD_HOST=${config.DASHBOARD_HOST}, whoever reaches the port is an operator; ${allowed}`,
    ];
  if (config.TRUST_PROXY !== undefined)
    return [`AUTH: with none and TRUST_PROXY, whoever the proxy lets through is an operator; ${allowed}`];
  return [];
}

function ofToken({ AUTH, VIEWER_TOKEN, OPERATOR_TOKEN }: SecurityConfig): string[] {
  if (AUTH !== 'token') return [];
  if (VIEWER_TOKEN === undefined && OPERATOR_TOKEN === undefined)
    return ['VIEWER_TOKEN, OPERATOR_TOKEN: neither is set; allowed: one or both with AUTH=token'];
  if (VIEWER_TOKEN === OPERATOR_TOKEN)
    return ['VIEWER_TOKEN: the same as OPERATOR_TOKEN, so every viewer would be an operator; allowed: another one'];
  return [];
}

function ofOidc(config: SecurityConfig): string[] {
  if (config.AUTH !== 'oidc') return [];
  const problems: string[] = [];
  for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_REDIRECT_URL'] as const)
    if (config[name] === undefined) problems.push(`${name} is not set; AUTH=oidc needs it`);
  for (const name of ['OIDC_ISSUER', 'OIDC_REDIRECT_URL'] as const) {
    const url = URL.parse(config[name] ?? '');
    if (url !== null && !mayBePlain(url))
      problems.push(`${name}: http is readable on the way; allowed: https, or http to this machine itself`);
  }
  const redirect = URL.parse(config.OIDC_REDIRECT_URL ?? '');
  if (redirect !== null && (redirect.pathname !== CALLBACK || redirect.search !== ''))
    problems.push(`OIDC_REDIRECT_URL: another path; allowed: the address of the dashboard and ${CALLBACK}`);
  if (config.OIDC_VIEWER_VALUES === undefined && config.OIDC_OPERATOR_VALUES === undefined)
    problems.push('OIDC_VIEWER_VALUES, OIDC_OPERATOR_VALUES: neither is set, so nobody could do anything');
  if (!config.OIDC_SCOPES.split(' ').includes('openid'))
    problems.push('OIDC_SCOPES: without openid; allowed: openid and others, separated by spaces');
  return problems;
}

function ofTls({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: SecurityConfig): string[] {
  if (certFile === undefined && keyFile === undefined) return [];
  if (certFile === undefined || keyFile === undefined)
    return ['TLS_CERT_FILE, TLS_KEY_FILE: only one is set; allowed: both'];
  try {
    readTls({ certFile, keyFile });
    return [];
  } catch (error) {
    return [
      `TLS_CERT_FILE, TLS_KEY_FILE: they cannot be used (${messageOf(error)}); allowed: a certificate and its key as PEM`,
    ];
  }
}

/** Throws MED_CONFIG_INVALID with everything that would leave the dashboard open, or closed to everybody. */
export function checkConfig(config: SecurityConfig): void {
  const problems = [...ofNone(config), ...ofToken(config), ...ofOidc(config), ...ofTls(config)];
  if (problems.length > 0) throw new MedallionError('MED_CONFIG_INVALID', { problems: problems.join('\n') });
}
