import { readFileSync } from 'node:fs';
import { MedallionError, shownPath } from '@medallion/core';
import { MASK, maskCredentials } from './mask.ts';
import { nearMiss } from './near-miss.ts';
import type { Setting, Settings } from './setting.ts';
import { allSettings, toolVariables } from './standard-settings.ts';

/** The values of settings, by name; frozen. */
export type Config<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Kubernetes adds such variables for every service of a namespace, ours (`medallion-…`) included. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

type Found = { readonly text: string } | { readonly problem: string } | undefined;

function readSecretFile(variable: string, path: string): Found {
  try {
    const text = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
    return text === '' ? { problem: `${variable}: the file ${shownPath(path)} is empty` } : { text };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return {
      problem: `${variable}: cannot read the file ${shownPath(path)} (${reason}); allowed: the path of a readable file`,
    };
  }
}

/** The text of a setting; an empty variable counts as not set, as compose files write it. */
function find(name: string, setting: Setting, env: Environment): Found {
  const text = env[name];
  const path = setting.secret ? env[`${name}_FILE`] : undefined;
  if (text && path) return { problem: `${name} and ${name}_FILE are both set; allowed: one of them` };
  if (path) return readSecretFile(`${name}_FILE`, path);
  return text ? { text } : undefined;
}

function missing(name: string, setting: Setting): string {
  const where = setting.secret ? `neither ${name} nor ${name}_FILE is set` : `${name} is not set`;
  return `${where}; allowed: ${setting.allowed}`;
}

const namesOf = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([name, setting]) => (setting.secret ? [name, `${name}_FILE`] : [name]));

/** Variables that nobody reads but that look as if they were meant for us. */
function strangers(settings: Settings, env: Environment): string[] {
  // settings of the other services are known too: one env file may serve all
  const known = [...new Set([...namesOf(settings), ...namesOf(allSettings), ...toolVariables])];
  const problems: string[] = [];
  for (const name of Object.keys(env).sort()) {
    if (known.includes(name)) continue;
    const meant = nearMiss(name, known);
    if (meant !== undefined) problems.push(`${name} is not known; did you mean ${meant}?`);
    else if (name.startsWith('MEDALLION_') && !SERVICE_LINK.test(name))
      problems.push(`${name} is not known; allowed with this prefix: ${toolVariables.join(', ')}`);
  }
  return problems;
}

/**
 * Reads the settings from environment variables. The type of the result is that of the settings.
 * Throws MED_CONFIG_INVALID with every problem at once: missing, wrong and unreadable values, names that are unknown
 * or misspelt. Values of secrets are never in it.
 *
 * @example
 * const config = loadConfig({ PORT: integer({ doc: 'port of /metrics', min: 0, max: 65_535, default: 0 }) }, process.env)
 * config.PORT satisfies number
 */
export function loadConfig<const S extends Settings>(settings: S, env: Environment): Config<S> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const found = find(name, setting, env);
    if (found === undefined) {
      if (setting.required) problems.push(missing(name, setting));
      values[name] = setting.default;
      continue;
    }
    if ('problem' in found) {
      problems.push(found.problem);
      continue;
    }
    const parsed = setting.parse(found.text);
    if (parsed.ok) values[name] = parsed.value;
    else problems.push(`${name}: ${parsed.problem}; allowed: ${setting.allowed}`);
  }
  problems.push(...strangers(settings, env));
  if (problems.length > 0) throw new MedallionError('MED_CONFIG_INVALID', { problems: problems.join('\n') });
  // each value was read by the setting of its name, so the record has the mapped type
  return Object.freeze(values) as Config<S>;
}

/** The configuration as a log line may show it: secrets and credentials masked. */
export function showConfig<S extends Settings>(settings: S, config: Config<S>): Readonly<Record<string, unknown>> {
  const shown = Object.entries(settings).map(([name, setting]) => {
    const value: unknown = config[name as keyof S];
    if (setting.secret) return [name, value === undefined ? undefined : MASK];
    return [name, typeof value === 'string' ? maskCredentials(value) : value];
  });
  return Object.fromEntries(shown);
}
