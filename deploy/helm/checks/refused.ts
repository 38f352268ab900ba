import type { Values } from './helm.ts';
import { LEAST, merged } from './matrix.ts';

/** Values that have to be refused, and what the refusal says. */
export type Refused = { readonly name: string; readonly values: Values; readonly says: RegExp };

const refused = (name: string, values: Values, says: RegExp): Refused => ({
  name,
  values: merged(LEAST, values),
  says,
});
const dashboard = (more: Values): Values =>
  merged({ dashboard: { enabled: true, secrets: { DATABASE_PASSWORD: { existing: { name: 'p', key: 'k' } } } } }, more);
const scaling = (more: Values): Values => ({ silverEnrich: { scaling: { enabled: true, ...more } } });

const registryUser: Values = { schemaRegistry: { username: 'r' } };
const user: Values = { kafka: { username: 'u' }, secrets: { KAFKA_SASL_PASSWORD: { value: 'p' } } };
const everyUser: Values = { migrate: user, bronzeIngest: user, silverEnrich: user, goldAggregate: user };

/** By the schema, before a template is read; `says` names the place. */
export const BY_SCHEMA: readonly Refused[] = [
  refused('a name that does not exist', { replicas: 3 }, /replicas/),
  refused('a misspelt component', { silverEnriched: {} }, /silverEnriched/),
  refused('a misspelt setting', { settings: { LOG_LEVLE: 'info' } }, /LOG_LEVLE/),
  refused('a setting of another component', { silverEnrich: { settings: { LANDING_URL: '/x' } } }, /LANDING_URL/),
  refused('a setting that has a value of its own', { goldAggregate: { settings: { PORT: 9200 } } }, /PORT/),
  refused('a secret as a setting', { goldAggregate: { settings: { DATABASE_URL: 'postgres://x' } } }, /DATABASE_URL/),
  refused('a level that does not exist', { settings: { LOG_LEVEL: 'verbose' } }, /LOG_LEVEL/),
  refused('too little time', { settings: { SHUTDOWN_TIMEOUT_MS: 99 } }, /SHUTDOWN_TIMEOUT_MS/),
  refused('too much time', { settings: { STALL_TIMEOUT_MS: 86_400_001 } }, /STALL_TIMEOUT_MS/),
  refused('half a millisecond', { settings: { IDLE_TIMEOUT_MS: 1000.5 } }, /IDLE_TIMEOUT_MS/),
  refused('a number as text', { settings: { IDLE_TIMEOUT_MS: '1000' } }, /IDLE_TIMEOUT_MS/),
  refused('the newest image, whatever it is', { image: { tag: 'latest' } }, /tag/),
  refused('a digest that is none', { image: { digest: 'sha256:abc' } }, /digest/),
  refused('no pipeline', { pipelines: [] }, /pipelines/),
  refused('a pipeline twice', { pipelines: ['a', 'a'] }, /pipelines/),
  refused('a pipeline with a name that none has', { pipelines: ['Santa_Deliveries'] }, /pipelines/),
  refused('no broker', { kafka: { brokers: [] } }, /brokers/),
  refused('a broker without a port', { kafka: { brokers: ['kafka'] } }, /brokers/),
  refused('a mechanism that is not spoken', { kafka: { saslMechanism: 'gssapi' } }, /saslMechanism/),
  refused('a registry without a scheme', { schemaRegistry: { url: 'registry:8080' } }, /url/),
  refused('a mode of TLS that proves nothing', { database: { sslMode: 'prefer' } }, /sslMode/),
  refused('a port beyond the ports', { database: { port: 70_000 } }, /port/),
  refused('a login that is a statement', { goldAggregate: { database: { username: "x'; drop" } } }, /username/),
  refused(
    'a secret from two places',
    { migrate: { secrets: { DATABASE_PASSWORD: { value: 'x' } } } },
    /DATABASE_PASSWORD/,
  ),
  refused('an empty secret', { dashboard: { secrets: { VIEWER_TOKEN: { value: '' } } } }, /VIEWER_TOKEN/),
  refused(
    'a secret that nobody reads',
    { silverEnrich: { secrets: { DATABASE_PASSWORD: { value: 'x' } } } },
    /DATABASE_PASSWORD/,
  ),
  refused(
    'an authority from two places',
    { kafka: { ca: { secret: { name: 'a', key: 'b' }, configMap: { name: 'a', key: 'b' } } } },
    /ca/,
  ),
  refused('fewer pods than none', { goldAggregate: { replicas: -1 } }, /replicas/),
  refused('scaling to nothing', scaling({ minReplicas: 0 }), /minReplicas/),
  refused('a container without limits', { silverEnrich: { resources: { limits: null } } }, /resources/),
  refused('memory of no size', { silverEnrich: { resources: { limits: { memory: 'much' } } } }, /memory/),
  refused('a budget that allows none', { podDisruptionBudget: { maxUnavailable: 0 } }, /maxUnavailable/),
  refused('a peer that is none', { networkPolicy: { kafka: { to: [{ namespace: 'kafka' }] } } }, /networkPolicy/),
  refused('no ports, which would be all', { networkPolicy: { database: { ports: [] } } }, /ports/),
  refused('a login of a kind that is not known', { dashboard: { settings: { AUTH: 'basic' } } }, /AUTH/),
  refused('a word for yes', { migrate: { enabled: 'certainly' } }, /enabled/),
];

/** By the templates: what is wrong only beside something else. */
export const BY_TEMPLATES: readonly Refused[] = [
  refused('more pods than partitions', scaling({ maxReplicas: 5, partitions: 4 }), /5 is more than the 4 partitions/),
  refused('at most fewer than at least', scaling({ minReplicas: 3, maxReplicas: 2 }), /less than minReplicas/),
  refused('scaling of an unknown pipeline', { pipelines: ['own'], ...scaling({}) }, /flows\.own/),
  refused('CronJobs of what never ends', { triggered: { enabled: true } }, /santa-deliveries is declared continuous/),
  refused(
    'Deployments of what ends',
    { pipelines: ['own'], flows: { own: { mode: 'triggered' } } },
    /own is declared triggered/,
  ),
  refused(
    'scaling of what ends',
    {
      pipelines: ['own'],
      flows: { own: { mode: 'triggered', bronze: [], silver: [], gold: [] } },
      triggered: { enabled: true },
      ...scaling({}),
    },
    /end by themselves/,
  ),
  refused('SASL without a name', { kafka: { saslMechanism: 'plain' } }, /migrate\.kafka\.username: needed/),
  refused(
    'SASL without a password',
    { kafka: { saslMechanism: 'plain' }, migrate: { kafka: { username: 'm' } } },
    /migrate\.secrets\.KAFKA_SASL_PASSWORD/,
  ),
  refused('a name that nobody asks for', { silverEnrich: { kafka: { username: 's' } } }, /nobody is asked/),
  { name: 'no password for the database', values: { migrate: LEAST.migrate }, says: /goldAggregate\.secrets/ },
  refused('passwords that anybody may read', { kafka: { saslMechanism: 'plain' }, ...everyUser }, /as they are/),
  refused('an authority for no TLS', { kafka: { ca: { secret: { name: 'a', key: 'b' } } } }, /kafka\.ca/),
  refused('a registry’s password that anybody may read', { silverEnrich: registryUser }, /needs https/),
  refused(
    'a registry’s name without a password',
    { schemaRegistry: { url: 'https://registry' }, silverEnrich: registryUser },
    /SCHEMA_REGISTRY_PASSWORD/,
  ),
  refused(
    'a remote secret without a store',
    { bronzeIngest: { secrets: { S3_ACCESS_KEY_ID: { remote: { key: 'k' } } } } },
    /secretStore\.name/,
  ),
  refused('a dashboard without a login', dashboard({ dashboard: { settings: { AUTH: 'none' } } }), /settings\.AUTH/),
  refused('tokens, and none given', dashboard({}), /VIEWER_TOKEN or OPERATOR_TOKEN/),
  refused(
    'two dashboards that share no sessions',
    dashboard({ dashboard: { replicas: 2, secrets: { VIEWER_TOKEN: { value: 'x' } } } }),
    /SESSION_SECRET/,
  ),
  refused(
    'an Ingress without a host',
    dashboard({ dashboard: { ingress: { enabled: true }, secrets: { VIEWER_TOKEN: { value: 'x' } } } }),
    /ingress\.host/,
  ),
];
