import { join } from 'node:path';
import type { Values } from './helm.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

/** The path of an example's values. */
export const example = (name: string): string => join(EXAMPLES, `${name}.values.yaml`);

/** One way to use the chart; `without`: switches that it turns off. */
export type Case = {
  readonly name: string;
  readonly files: readonly string[];
  readonly values: Values;
  readonly without?: readonly string[];
};

const password = { DATABASE_PASSWORD: { existing: { name: 'postgres', key: 'password' } } };
/** The least that a release needs. */
export const LEAST: Values = { migrate: { secrets: password }, goldAggregate: { secrets: password } };

const least = (name: string, values: Values, without?: readonly string[]): Case => ({
  name,
  files: [],
  values: merged(LEAST, values),
  ...(without === undefined ? {} : { without }),
});

const sasl = { KAFKA_SASL_PASSWORD: { existing: { name: 'kafka', key: 'password' } } };
const withSasl = (more: Values = {}): Values => ({ kafka: { username: 'someone' }, secrets: sasl, ...more });
const everySasl: Values = {
  migrate: withSasl(),
  bronzeIngest: withSasl(),
  silverEnrich: withSasl(),
  goldAggregate: withSasl(),
};
const scaled = { scaling: { enabled: true, maxReplicas: 3, partitions: 3 } };
const certificate = { kafka: { clientCertificate: { name: 'client' } }, ...scaled };

/** Each example, and each switch of the chart by itself. */
export const CASES: readonly Case[] = [
  ...['kind', 'operators', 'production'].map((name) => ({
    name: `example ${name}`,
    files: [example(name)],
    values: {},
  })),
  least('the least', {}),
  least('without migration', { migrate: { enabled: false } }),
  least('without budgets', { podDisruptionBudget: { enabled: false } }, ['podDisruptionBudget.enabled']),
  least('without spreading', { topologySpread: { enabled: false } }, ['topologySpread.enabled']),
  least('without network policies', { networkPolicy: { enabled: false } }, ['networkPolicy.enabled']),
  least('one service alone', {
    migrate: { enabled: false },
    goldAggregate: { enabled: false },
    bronzeIngest: { enabled: false },
  }),
  least('plain passwords over TLS', { kafka: { ssl: true, saslMechanism: 'plain' }, ...everySasl }),
  least('scaled without authentication', { bronzeIngest: scaled, silverEnrich: scaled, goldAggregate: scaled }),
  least('scaled with certificates', {
    kafka: { ssl: true, ca: { configMap: { name: 'ca', key: 'ca.crt' } } },
    silverEnrich: certificate,
  }),
  least('scaled with SASL and an authority of its own', {
    kafka: { ssl: true, saslMechanism: 'scram-sha-256', ca: { secret: { name: 'ca', key: 'ca.crt' } } },
    ...everySasl,
    goldAggregate: withSasl(scaled),
  }),
  least('an own pipeline, scaled', {
    pipelines: ['own-one'],
    flows: { 'own-one': { bronze: [{ group: 'own-one.b', topic: 'in' }], silver: [], gold: [] } },
    bronzeIngest: scaled,
  }),
  least('a triggered pipeline, every night', {
    pipelines: ['nightly'],
    flows: { nightly: { mode: 'triggered', bronze: [], silver: [], gold: [] } },
    triggered: { enabled: true, schedule: '0 3 * * *', timeZone: 'Europe/Oslo' },
    silverEnrich: { replicas: 2 },
  }),
  least('a triggered pipeline, by hand', { pipelines: ['nightly'], triggered: { enabled: true } }),
  least('files from a volume', { bronzeIngest: { landing: { existingClaim: 'landing' } } }),
  least('a registry that asks for a name', {
    schemaRegistry: { url: 'https://registry:443', ca: { secret: { name: 'ca', key: 'ca.crt' } } },
    silverEnrich: {
      schemaRegistry: { username: 'reader' },
      secrets: { SCHEMA_REGISTRY_PASSWORD: { existing: { name: 'registry', key: 'password' } } },
    },
  }),
  least('great and small numbers', {
    settings: { STALL_TIMEOUT_MS: 86400000, SHUTDOWN_TIMEOUT_MS: 3600000, SESSION_TIMEOUT_MS: 1800000 },
    bronzeIngest: { settings: { MAX_BATCH_BYTES: 67108864, SHUTDOWN_TIMEOUT_MS: 100 } },
  }),
  least('whole addresses of the database', {
    goldAggregate: { secrets: { DATABASE_URL: { value: 'postgres://gold_writer:pass@db:5432/medallion' } } },
  }),
  least('a dashboard that speaks HTTPS itself', {
    dashboard: {
      enabled: true,
      replicas: 2,
      tlsSecret: 'dashboard-tls',
      settings: { AUTH: 'token', SESSION_LIFETIME_MS: 604800000 },
      secrets: {
        ...password,
        OPERATOR_TOKEN: { value: 'a token of twenty characters' },
        SESSION_SECRET: { value: 'thirty-two characters at the very least' },
      },
    },
  }),
  least('everything that can be said of pods', {
    nameOverride: 'm',
    labels: { team: 'north' },
    imagePullSecrets: [{ name: 'registry' }],
    generator: { enabled: true, podLabels: { a: 'b' }, podAnnotations: { c: 'd' } },
    silverEnrich: {
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'high',
      serviceAccount: { annotations: { role: 'x' } },
    },
    migrate: { serviceAccount: { annotations: { role: 'x' } } },
  }),
];

/** The values of `more` over those of `values`, as Helm merges them. */
export function merged(values: Values, more: Values): Values {
  const both = Object.entries(more).map(([name, value]): [string, unknown] => {
    const before = values[name];
    return [name, isValues(before) && isValues(value) ? merged(before, value) : value];
  });
  return { ...values, ...Object.fromEntries(both) };
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
