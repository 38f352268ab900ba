import { MedallionError } from '@medallion/core';
import type { KafkaAccess, Mechanism } from './kafka-access.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { SecretSource } from './secret-source.ts';

/** Environment variables, as `process.env` has them; an empty one counts as not set. */
type Environment = Readonly<Record<string, string | undefined>>;

const MECHANISMS: readonly string[] = ['plain', 'scram-sha-256', 'scram-sha-512'] satisfies Mechanism[];

/** This machine: what is said to it no network hears. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;
const hostOf = (broker: string): string => broker.slice(0, broker.lastIndexOf(':'));

function secretFrom(env: Environment, name: string): SecretSource | undefined {
  const file = env[`${name}_FILE`];
  if (file) return { file, variable: `${name}_FILE` };
  const value = env[name];
  return value ? { value } : undefined;
}

/** A word that somebody mistyped; what is none may be a secret that was put into the wrong variable. */
const shown = (text: string): string => (/^[\w-]{1,24}$/.test(text) ? `"${text}"` : 'its value (not shown)');

const invalid = (problems: readonly string[]): MedallionError =>
  new MedallionError('MED_CONFIG_INVALID', { problems: problems.join('\n') });

/**
 * How KAFKA_SASL_… and KAFKA_SSL… say that a client shows who it is, and knows the brokers. Nothing is read of the files yet.
 *
 * @throws MED_CONFIG_INVALID where the variables contradict one another
 * @example createKafkaLog({ brokers, clientId: 'bronze-ingest', log, ...kafkaAccess(process.env) })
 */
export function kafkaAccess(env: Environment): { readonly access: KafkaAccess } {
  const problems: string[] = [];
  const mechanism = env.KAFKA_SASL_MECHANISM || 'none';
  const [username, password] = [env.KAFKA_SASL_USERNAME, secretFrom(env, 'KAFKA_SASL_PASSWORD')];
  const [caFile, certFile, keyFile] = [env.KAFKA_SSL_CA_FILE, env.KAFKA_SSL_CERT_FILE, env.KAFKA_SSL_KEY_FILE];
  const ssl = env.KAFKA_SSL || 'false';
  const brokers = (env.KAFKA_BROKERS ?? '').split(',').map((broker) => broker.trim());

  if (mechanism !== 'none' && !MECHANISMS.includes(mechanism))
    problems.push(`KAFKA_SASL_MECHANISM: ${shown(mechanism)} is none of none, ${MECHANISMS.join(', ')}`);
  else if (mechanism !== 'none') {
    if (!username) problems.push('KAFKA_SASL_USERNAME is not set, and KAFKA_SASL_MECHANISM asks for it');
    if (!password) problems.push('neither KAFKA_SASL_PASSWORD nor KAFKA_SASL_PASSWORD_FILE is set');
  } else if (username || password)
    problems.push('KAFKA_SASL_MECHANISM is not set: user and password would not be used');
  if (!['true', 'false'].includes(ssl)) problems.push(`KAFKA_SSL: ${shown(ssl)} is neither true nor false`);
  if (ssl !== 'true' && (caFile || certFile || keyFile))
    problems.push('KAFKA_SSL is not true: the files of KAFKA_SSL_… would not be used');
  if (!certFile !== !keyFile) problems.push('KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE need one another');
  if (mechanism === 'plain' && ssl !== 'true' && !brokers.every((broker) => LOCAL.test(hostOf(broker))))
    problems.push('KAFKA_SASL_MECHANISM=plain sends the password as it is: set KAFKA_SSL=true, or use SCRAM');
  if (problems.length > 0) throw invalid(problems);

  return {
    access: {
      ...(username && password && mechanism !== 'none'
        ? { login: { mechanism: mechanism as Mechanism, username, password } }
        : {}),
      ...(ssl === 'true'
        ? {
            tls: {
              ...(caFile ? { caFile } : {}),
              ...(certFile && keyFile ? { client: { certFile, keyFile } } : {}),
            },
          }
        : {}),
    },
  };
}

/**
 * How SCHEMA_REGISTRY_… say that a client shows who it is, and knows the registry.
 *
 * @throws MED_CONFIG_INVALID where the variables contradict one another
 * @example createRegistryCodecs({ url, ...registryAccess(process.env) })
 */
export function registryAccess(env: Environment): RegistryAccess {
  const problems: string[] = [];
  const username = env.SCHEMA_REGISTRY_USERNAME;
  const password = secretFrom(env, 'SCHEMA_REGISTRY_PASSWORD');
  const caFile = env.SCHEMA_REGISTRY_CA_FILE;
  const url = URL.parse(env.SCHEMA_REGISTRY_URL ?? '');
  const plain = url?.protocol === 'http:';
  if (username && !password) problems.push('SCHEMA_REGISTRY_USERNAME is set, and no SCHEMA_REGISTRY_PASSWORD');
  if (password && !username) problems.push('SCHEMA_REGISTRY_PASSWORD is set, and no SCHEMA_REGISTRY_USERNAME');
  if (username?.includes(':')) problems.push('SCHEMA_REGISTRY_USERNAME: basic authentication takes no colon in it');
  if (plain && caFile) problems.push('SCHEMA_REGISTRY_CA_FILE: SCHEMA_REGISTRY_URL begins with http, not https');
  if (plain && username && !LOCAL.test(url.hostname))
    problems.push('SCHEMA_REGISTRY_PASSWORD would be sent as it is: SCHEMA_REGISTRY_URL has to begin with https');
  if (problems.length > 0) throw invalid(problems);
  return {
    ...(username && password ? { login: { username, password } } : {}),
    ...(caFile ? { caFile } : {}),
  };
}
