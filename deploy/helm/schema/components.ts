import { flag, list, object, ref, type Schema, text, texts, whole } from './json-schema.ts';
import { SETTINGS_OF, secretNames, settingsSchema } from './settings.ts';

/** What a component needs beside what all have. */
type Needs = {
  readonly registry?: true;
  readonly database?: true;
  readonly scales?: true;
  readonly replicas?: true;
  readonly more?: Readonly<Record<string, Schema>>;
};

/** What can be said of any component's pods. */
const pods: Readonly<Record<string, Schema>> = {
  resources: ref('resources'),
  serviceAccount: ref('serviceAccount'),
  podAnnotations: texts('Annotations of its pods.'),
  podLabels: texts('Labels of its pods, beside the chart’s own.'),
  nodeSelector: texts('Labels of the nodes that it may run on.'),
  tolerations: list('Taints that it bears, as in a pod.', { type: 'object' }),
  affinity: { type: 'object', description: 'As in a pod.' },
  priorityClassName: text('The PriorityClass of its pods.'),
};

function component(key: string, description: string, { registry, database, scales, replicas, more }: Needs): Schema {
  const secrets = Object.fromEntries(secretNames(key).map((name) => [name, ref('secretSource')]));
  return object(
    description,
    {
      enabled: flag('Whether it is part of the release.'),
      ...(replicas ? { replicas: whole('How many pods.', 0, 1000) } : {}),
      kafka: ref('kafkaUser'),
      ...(registry ? { schemaRegistry: ref('registryUser') } : {}),
      ...(database ? { database: ref('databaseUser') } : {}),
      settings: settingsSchema(
        'Its settings, as docs/configuration.md has them; before those of all.',
        SETTINGS_OF[key] ?? {},
      ),
      secrets: object('Its secrets; each is a file that the component is told of by NAME_FILE.', secrets),
      ...(scales ? { scaling: ref('scaling') } : {}),
      ...pods,
      ...more,
    },
    ['enabled', 'kafka', 'settings', 'secrets', 'resources', ...(database ? ['database'] : [])],
  );
}

const landing = object('A volume where files land, read only, for pipelines that read some from a folder.', {
  existingClaim: text('The PersistentVolumeClaim; LANDING_URL is set to it.'),
});

const ingress = object('How browsers come to the dashboard.', {
  enabled: flag('Whether there is an Ingress.'),
  className: text('The class of the Ingress.'),
  annotations: texts('Annotations of the Ingress.'),
  host: text(
    'The name by which browsers reach it; requests by another name are refused (DASHBOARD_HOSTS).',
    '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$',
  ),
  tlsSecret: text('The Secret (kubernetes.io/tls) of the name.'),
});

/** The components, by their key in the values. */
export const components: Readonly<Record<string, Schema>> = {
  migrate: component('migrate', 'Topics, schemas, tables, roles and grants, made by a Job before the rest.', {
    registry: true,
    database: true,
    more: {
      args: list('Options of medallion migrate, such as --allow.', text('An option or its value.')),
      timeoutSeconds: whole('How long it may take, all tries together.', 30, 86_400),
    },
  }),
  bronzeIngest: component('bronzeIngest', 'Reads topics and files of others.', {
    registry: true,
    scales: true,
    replicas: true,
    more: { landing },
  }),
  silverEnrich: component('silverEnrich', 'Judges and enriches.', { registry: true, scales: true, replicas: true }),
  goldAggregate: component('goldAggregate', 'Keeps the tables in Postgres.', {
    registry: true,
    database: true,
    scales: true,
    replicas: true,
  }),
  generator: component('generator', 'Santa’s deliveries, for trying things out.', {
    more: { args: list('Its options: santa-generator --help.', text('An option or its value.')) },
  }),
  dashboard: component('dashboard', 'What people look at.', {
    registry: true,
    database: true,
    replicas: true,
    more: {
      operatorUsername: text(
        'The login that redrives, with OPERATOR_DATABASE_PASSWORD among the secrets.',
        '^[A-Za-z_][A-Za-z0-9_.-]*$',
      ),
      ingress,
      tlsSecret: text('A Secret (kubernetes.io/tls) by which the pod itself speaks HTTPS.'),
    },
  }),
};
