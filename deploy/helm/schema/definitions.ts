import { flag, list, object, ref, type Schema, text, texts, whole, word } from './json-schema.ts';

const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const QUANTITY = '^[0-9]+(\\.[0-9]+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$';

const quantity = (description: string): Schema => ({
  description,
  anyOf: [
    { type: 'string', pattern: QUANTITY },
    { type: 'number', exclusiveMinimum: 0 },
  ],
});

const amounts = (description: string): Schema =>
  object(
    description,
    {
      cpu: quantity('Cores; 250m is a quarter of one.'),
      memory: quantity('Bytes, such as 512Mi.'),
      'ephemeral-storage': quantity('What may be written to /tmp and to the logs.'),
    },
    ['cpu', 'memory'],
  );

const keyOf = (what: string): Schema =>
  object(
    `The ${what} and its key.`,
    { name: text(`The name of the ${what}.`, NAME), key: text('The key in it.', '^[-._a-zA-Z0-9]+$') },
    ['name', 'key'],
  );

/** Parts of the schema that are used in several places. */
export const definitions: Readonly<Record<string, Schema>> = {
  resources: object(
    'What a container is promised and what it may take at most.',
    { requests: amounts('Promised.'), limits: amounts('At most.') },
    ['requests', 'limits'],
  ),
  secretSource: {
    description:
      'Where a secret comes from: `existing` (a Secret of yours, such as one that Strimzi or CloudNativePG makes), `remote` (a store behind the External Secrets Operator, secretStore), or `value` (kept in a Secret of the chart: for trying things out, as it stands in the release too).',
    type: 'object',
    oneOf: [
      object('A Secret of yours.', { existing: keyOf('Secret') }, ['existing']),
      object(
        'A store behind the External Secrets Operator.',
        {
          remote: object(
            'As in remoteRef of an ExternalSecret.',
            {
              key: { ...text('The name in the store.'), minLength: 1 },
              property: text('The field of it.'),
              version: text('Its version; the newest when not given.'),
            },
            ['key'],
          ),
        },
        ['remote'],
      ),
      object('The secret itself.', { value: { ...text('The secret itself.'), minLength: 1 } }, ['value']),
    ],
  },
  certificate: {
    description: 'Where the certificate (PEM) of an authority is; the system’s own authorities when empty.',
    type: 'object',
    additionalProperties: false,
    maxProperties: 1,
    properties: { secret: keyOf('Secret'), configMap: keyOf('ConfigMap') },
  },
  clientCertificate: object(
    'A certificate that the component proves itself to the brokers with.',
    {
      name: text('The Secret that has it.', NAME),
      certKey: text('The key of the certificate; user.crt, as Strimzi writes it.'),
      keyKey: text('The key of the private key; user.key.'),
    },
    ['name'],
  ),
  kafkaUser: object('Who the component is to the brokers.', {
    username: text('Its name, with kafka.saslMechanism other than none; KAFKA_SASL_PASSWORD is among the secrets.'),
    clientCertificate: ref('clientCertificate'),
  }),
  registryUser: object('Who the component is to the schema registry.', {
    username: text('Its name; SCHEMA_REGISTRY_PASSWORD is among the secrets.'),
  }),
  databaseUser: object(
    'Who the component is to Postgres.',
    {
      username: {
        ...text('Its login; DATABASE_PASSWORD is among the secrets.'),
        pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$',
      },
    },
    ['username'],
  ),
  scaling: object(
    'Scaling by KEDA on the lag of the component’s groups.',
    {
      enabled: flag('A ScaledObject instead of a fixed number of replicas.'),
      minReplicas: whole('At least so many; none would let watermarks stand still.', 1, 1000),
      maxReplicas: whole('At most so many; not more than partitions.', 1, 1000),
      partitions: whole('The partitions of the topics that are read; more members would hold none.', 1, 10000),
      lagThreshold: whole(
        'So many waiting records for each pod; one does some 30,000 a second when it drains.',
        1,
        1_000_000_000,
      ),
      activationLagThreshold: whole('Below it KEDA takes the scaler as idle.', 0, 1_000_000_000),
      pollingIntervalSeconds: whole('How often the lag is asked for.', 5, 3600),
      cooldownSeconds: whole('How long after the last activity it may scale down.', 30, 86_400),
    },
    [
      'enabled',
      'minReplicas',
      'maxReplicas',
      'partitions',
      'lagThreshold',
      'activationLagThreshold',
      'pollingIntervalSeconds',
      'cooldownSeconds',
    ],
  ),
  peers: list(
    'Peers as in a NetworkPolicy; an empty list is any address.',
    object('A peer.', {
      ipBlock: object(
        'Addresses.',
        {
          cidr: text('Such as 10.0.0.0/16.', '^[0-9a-fA-F.:]+/[0-9]+$'),
          except: list('Without these.', text('A part of it.')),
        },
        ['cidr'],
      ),
      namespaceSelector: { type: 'object', description: 'Namespaces by their labels.' },
      podSelector: { type: 'object', description: 'Pods by their labels.' },
    }),
  ),
  ports: list('Ports.', whole('A port.', 1, 65_535), 1),
  place: object('Where connections may go.', { to: ref('peers'), ports: ref('ports') }, ['to', 'ports']),
  optionalPlace: object(
    'Where connections may go, if at all.',
    { enabled: flag('Whether it is allowed.'), to: ref('peers'), ports: ref('ports') },
    ['enabled', 'to', 'ports'],
  ),
  serviceAccount: object('The ServiceAccount of the component; no token of it is mounted.', {
    annotations: texts('Such as eks.amazonaws.com/role-arn, for a role of the cloud.'),
  }),
  readBy: list(
    'What groups read.',
    object('A group and a topic.', { group: text('The consumer group.'), topic: text('The topic.') }, [
      'group',
      'topic',
    ]),
  ),
  flows: object('Who reads what in each service.', {
    mode: word('How it is declared.', 'continuous', 'triggered'),
    bronze: ref('readBy'),
    silver: ref('readBy'),
    gold: ref('readBy'),
    inputs: list('Topics that somebody else makes.', text('A topic.')),
  }),
  pull: word('When the image is pulled.', 'Always', 'IfNotPresent', 'Never'),
};
