import {
  engineSettings,
  fileSettings,
  type Setting,
  type Settings,
  serviceSettings,
  storeSettings,
} from '@medallion/service';
import { dashboardSettings } from '../../../services/dashboard/src/settings.ts';
import { object, type Schema } from './json-schema.ts';

/** Settings that a value of another name gives, so that there is one place for each; which one. */
export const GIVEN_BY: Readonly<Record<string, string>> = {
  HOST: 'the chart: all interfaces of the pod',
  PORT: 'the chart: 9100',
  PIPELINES: 'pipelines',
  MIGRATE: 'migrate.enabled',
  KAFKA_BROKERS: 'kafka.brokers',
  KAFKA_SSL: 'kafka.ssl',
  KAFKA_SSL_CA_FILE: 'kafka.ca',
  KAFKA_SSL_CERT_FILE: 'COMPONENT.kafka.clientCertificate',
  KAFKA_SSL_KEY_FILE: 'COMPONENT.kafka.clientCertificate',
  KAFKA_SASL_MECHANISM: 'kafka.saslMechanism',
  KAFKA_SASL_USERNAME: 'COMPONENT.kafka.username',
  SCHEMA_REGISTRY_URL: 'schemaRegistry.url',
  SCHEMA_REGISTRY_USERNAME: 'COMPONENT.schemaRegistry.username',
  SCHEMA_REGISTRY_CA_FILE: 'schemaRegistry.ca',
  DASHBOARD_HOST: 'the chart: all interfaces of the pod',
  DASHBOARD_PORT: 'the chart: 8080',
  OPS_URLS: 'the chart: the services of the release',
  TLS_CERT_FILE: 'dashboard.tlsSecret',
  TLS_KEY_FILE: 'dashboard.tlsSecret',
};

/** Secrets that a component may be given, whatever the settings say: the parts that stand beside a URL or a name. */
const PASSWORDS = ['KAFKA_SASL_PASSWORD', 'SCHEMA_REGISTRY_PASSWORD'] as const;

const database: Settings = storeSettings;
const engine: Settings = { ...serviceSettings, ...engineSettings };

/** The settings of each component, by its key in the values. */
export const SETTINGS_OF: Readonly<Record<string, Settings>> = {
  migrate: { ...engine, ...database },
  bronzeIngest: { ...engine, ...fileSettings },
  silverEnrich: engine,
  goldAggregate: { ...engine, ...database },
  generator: serviceSettings,
  dashboard: { ...serviceSettings, ...dashboardSettings },
};

/** Secrets that the chart knows by name while a component's settings need not. */
const MORE_SECRETS: Readonly<Record<string, readonly string[]>> = {
  migrate: [...PASSWORDS, 'DATABASE_URL', 'DATABASE_PASSWORD'],
  bronzeIngest: PASSWORDS,
  silverEnrich: PASSWORDS,
  goldAggregate: [...PASSWORDS, 'DATABASE_URL', 'DATABASE_PASSWORD'],
  generator: ['KAFKA_SASL_PASSWORD'],
  dashboard: [...PASSWORDS, 'DATABASE_URL', 'DATABASE_PASSWORD'],
};

/** The plain settings of these, as a closed object. */
export const settingsSchema = (description: string, settings: Settings): Schema =>
  object(
    description,
    Object.fromEntries(
      Object.entries(settings)
        .filter(([name, { secret }]) => !secret && GIVEN_BY[name] === undefined)
        .map(([name, setting]) => [name, settingSchema(setting)]),
    ),
  );

/** The names of a component's secrets. */
export const secretNames = (component: string): readonly string[] => {
  const declared = Object.entries(SETTINGS_OF[component] ?? {}).filter(([, { secret }]) => secret);
  return [...new Set([...declared.map(([name]) => name), ...(MORE_SECRETS[component] ?? [])])].sort();
};

/** What the setting's own words say of its values. */
export function settingSchema({ allowed, doc, default: given }: Setting): Schema {
  const shown = given === undefined ? {} : { default: given };
  const about = { description: `${doc} Allowed: ${allowed}.`, ...shown };
  const range = /^a whole number from (\d+) to (\d+)/.exec(allowed);
  if (range !== null) return { ...about, type: 'integer', minimum: Number(range[1]), maximum: Number(range[2]) };
  if (allowed.startsWith('one of ')) return { ...about, enum: wordsOf(allowed.slice('one of '.length).split(', ')) };
  if (allowed.endsWith('; several separated by commas'))
    return { ...about, type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', minLength: 1 } };
  const schemes = [...allowed.matchAll(/([a-z0-9]+):\/\/host/g)].map((match) => match[1]);
  if (allowed.startsWith('a URL') && schemes.length > 0)
    return { ...about, type: 'string', pattern: `^(${schemes.join('|')})://.+` };
  return { ...about, type: 'string', minLength: 1 };
}

/** YAML reads true and false as no words. */
const wordsOf = (words: readonly string[]): readonly (string | boolean)[] =>
  words.flatMap((each) => (each === 'true' || each === 'false' ? [each, each === 'true'] : [each]));
