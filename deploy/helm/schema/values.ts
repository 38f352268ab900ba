import { engineSettings, serviceSettings } from '@medallion/service';
import { components } from './components.ts';
import { definitions } from './definitions.ts';
import { flag, list, object, ref, type Schema, text, texts, whole, word } from './json-schema.ts';
import { settingsSchema } from './settings.ts';

const PIPELINE = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';

const image = object(
  'The image of all components.',
  {
    repository: { ...text('Registry and name, without a tag.', '^[a-z0-9][a-z0-9._:/-]*$'), not: { pattern: '@' } },
    tag: { ...text('Its tag; the appVersion of the chart when empty.', '^[A-Za-z0-9_.-]*$'), not: { const: 'latest' } },
    digest: text('Its digest, before the tag.', '^(sha256:[0-9a-f]{64})?$'),
    pullPolicy: ref('pull'),
  },
  ['repository'],
);

const triggered = object('Pipelines that are declared triggered: the three services end when all is processed.', {
  enabled: flag('Whether those of this release are.'),
  schedule: text(
    'When they run, as in a CronJob; started by hand when empty.',
    '^$|^@(hourly|daily|weekly|monthly|yearly)$|^\\S+( \\S+){4}$',
  ),
  timeZone: text(
    'Of the schedule, as Europe/Oslo; that of the cluster when empty.',
    '^([A-Za-z_]+(/[A-Za-z0-9_+-]+)*)?$',
  ),
  timeoutSeconds: whole('How long a run may take, all tries together.', 60, 604_800),
});

const kafka = object(
  'The cluster.',
  {
    brokers: list('Where to find it.', text('host:port', '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$'), 1),
    ssl: flag('Whether connections are encrypted, and the brokers’ certificates checked.'),
    saslMechanism: word('How components prove who they are.', 'none', 'plain', 'scram-sha-256', 'scram-sha-512'),
    ca: ref('certificate'),
  },
  ['brokers', 'ssl', 'saslMechanism'],
);

const database = object(
  'The Postgres database of the gold tables.',
  {
    host: { ...text('Its host.'), minLength: 1 },
    port: whole('Its port.', 1, 65_535),
    name: { ...text('The database.'), minLength: 1 },
    sslMode: word(
      'How the server has to prove itself; verify-full wherever others share the network.',
      'disable',
      'require',
      'verify-ca',
      'verify-full',
    ),
    ca: ref('certificate'),
  },
  ['host', 'port', 'name', 'sslMode'],
);

const secretStore = object('The store behind `remote` secrets.', {
  kind: word('Its kind.', 'SecretStore', 'ClusterSecretStore'),
  name: text('Its name.'),
  refreshInterval: text(
    'How often it is asked; a changed secret reaches the services without a restart.',
    '^[0-9]+(s|m|h)$',
  ),
});

const networkPolicy = object('What may be reached, and by whom.', {
  enabled: flag('Whether there are NetworkPolicies.'),
  dns: ref('place'),
  kafka: ref('place'),
  schemaRegistry: ref('place'),
  database: ref('place'),
  objects: ref('optionalPlace'),
  issuer: ref('optionalPlace'),
  collector: ref('optionalPlace'),
  monitoringFrom: { ...ref('peers') },
  dashboardFrom: { ...ref('peers') },
});

const monitoring = object('For the Prometheus operator.', {
  serviceMonitor: object('Who scrapes.', {
    enabled: flag('Whether there is a ServiceMonitor.'),
    labels: texts('Labels by which Prometheus chooses it.'),
    intervalSeconds: whole('How often.', 5, 300),
  }),
  rules: object('Alerts and recording rules, those of deploy/prometheus/rules.', {
    enabled: flag('Whether there are PrometheusRules.'),
    labels: texts('Labels by which Prometheus chooses them.'),
    runbookBaseUrl: text(
      'Where the pages of docs/runbooks are served; when empty Prometheus’ external label runbook_base_url says it.',
      '^(https?://.+)?$',
    ),
  }),
});

/** The schema of all values. Unknown names are refused: a misspelt value that changes nothing is the worst answer. */
export const valuesSchema = (): Schema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Values of the chart medallion',
  ...object(
    'Values of the chart medallion',
    {
      global: { type: 'object', description: 'Helm’s own, shared between charts; nothing here reads it.' },
      nameOverride: text('Instead of the chart’s name.', '^[-a-z0-9]*$'),
      fullnameOverride: text('Instead of the release’s and the chart’s name.', '^[-a-z0-9]*$'),
      labels: texts('Labels of every object.'),
      image,
      imagePullSecrets: list(
        'Secrets of the image’s registry.',
        object('A Secret.', { name: text('Its name.') }, ['name']),
      ),
      pipelines: {
        ...list('What the services run.', text('The name of a pipeline.', PIPELINE), 1),
        uniqueItems: true,
      },
      flows: {
        type: 'object',
        description: 'Groups and topics of pipelines that files/flows.json does not have, for scaling.',
        additionalProperties: ref('flows'),
        propertyNames: { pattern: PIPELINE },
      },
      triggered,
      kafka,
      schemaRegistry: object(
        'The Confluent-compatible schema registry.',
        { url: text('Its address.', '^https?://.+'), ca: ref('certificate') },
        ['url'],
      ),
      database,
      settings: settingsSchema('Settings for every component, as docs/configuration.md has them.', {
        ...serviceSettings,
        ...engineSettings,
      }),
      secretStore,
      nodeEnvironment: texts('Variables of Node and of its allocator; docs/decisions/memory.md.'),
      tmpSize: text('Bounds of /tmp.', '^[0-9]+(Ki|Mi|Gi)$'),
      ...components,
      podDisruptionBudget: object('How many pods of a component may be taken at a time.', {
        enabled: flag('Whether there are any.'),
        maxUnavailable: whole('So many.', 1, 1000),
      }),
      topologySpread: object('Whether pods of a component are spread over zones and nodes.', {
        enabled: flag('Whether they are.'),
        whenUnsatisfiable: word('What if they cannot be.', 'ScheduleAnyway', 'DoNotSchedule'),
      }),
      networkPolicy,
      monitoring,
    },
    ['image', 'pipelines', 'kafka', 'schemaRegistry', 'database'],
  ),
  definitions,
});
