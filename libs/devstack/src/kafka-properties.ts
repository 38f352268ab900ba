/** Renders a Java properties file; a backslash in a path has to be doubled there. */
export const renderProperties = (properties: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');

const maxMessageBytes = 8_388_608;

/** The settings of a single broker that is its own controller, on the loopback interface only. */
export const kafkaProperties = (options: {
  readonly port: number;
  readonly controllerPort: number;
  readonly logFolder: string;
}): Readonly<Record<string, string | number | boolean>> => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': `1@127.0.0.1:${options.controllerPort}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
  'log.dirs': options.logFolder,

  // One broker cannot replicate, whatever the defaults ask for.
  'default.replication.factor': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,

  // Few internal partitions: each is open files and memory, and is loaded at every start.
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 4,

  // A misspelt topic is an error, not a new topic.
  'auto.create.topics.enable': false,
  // A group of one laptop needs no wait for latecomers; tests want short sessions.
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,

  'message.max.bytes': maxMessageBytes,
  'replica.fetch.max.bytes': maxMessageBytes,
  'log.retention.hours': 168,
  'log.cleaner.threads': 1,
  'log.cleaner.dedupe.buffer.size': 33_554_432, // 128 MiB by default, a quarter of this heap
  'num.network.threads': 2,
  'num.io.threads': 4,
  'num.recovery.threads.per.data.dir': 2,
});

/** A broker among several, each of which is also a controller. */
export type ClusterNode = {
  /** From 1 on. */
  readonly id: number;
  /** The controllers' ports of all nodes, in the order of their ids. */
  readonly controllerPorts: readonly number[];
  /** Where clients are let in, beside the port of the brokers among themselves. */
  readonly clientPort: number;
  /** The port that clients are told: that of a proxy in front of `clientPort`, or itself. */
  readonly advertisedPort: number;
};

/** What changes in `kafkaProperties` for a node of a cluster; three nodes and more replicate, and bear the loss of one. */
export const clusterProperties = (
  port: number,
  { id, controllerPorts, clientPort, advertisedPort }: ClusterNode,
): Readonly<Record<string, string | number | boolean>> => {
  const replicas = Math.min(3, controllerPorts.length);
  const inSync = Math.max(1, replicas - 1);
  return {
    'node.id': id,
    'controller.quorum.voters': controllerPorts.map((each, i) => `${i + 1}@127.0.0.1:${each}`).join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${port},CLIENT://127.0.0.1:${clientPort},CONTROLLER://127.0.0.1:${controllerPorts[id - 1]}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CLIENT://127.0.0.1:${advertisedPort}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
  };
};

/** A login that a secured broker knows. */
export type BrokerUser = { readonly name: string; readonly password: string };

/** What a broker needs to be like one of production: encrypted, with logins and rights. */
export type BrokerSecurity = {
  /** PEM: its key (PKCS 8), then its certificate. */
  readonly keyStore: string;
  /** PEM: the authorities by which it trusts certificates of clients that show one. */
  readonly trustStore: string;
  /** The first may do everything; the others nothing that they are not granted. */
  readonly users: readonly [BrokerUser, ...BrokerUser[]];
  /** A port more, where clients are known by their certificates alone: the user is its common name. */
  readonly certificatePort?: number;
};

const SCRAM = ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const;
const LOGIN = 'listener.name.sasl_ssl';

/** Whom a broker knows by PLAIN stands in its own configuration. */
const plainLogins = (users: BrokerSecurity['users']): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required ${users
    .map(({ name, password }) => `user_${name}="${password}"`)
    .join(' ')};`;

const certificateListener = (port: number | undefined): readonly string[] =>
  port === undefined ? [] : [`SSL://127.0.0.1:${port}`];

const listeners = (own: readonly string[], controllerPort: number) => ({
  'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT',
  listeners: [...own, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
  'advertised.listeners': own.join(','),
});

/** What changes in `kafkaProperties` when nobody may do anything unknown, unseen or unasked. */
export const securityProperties = (
  port: number,
  controllerPort: number,
  { keyStore, trustStore, users, certificatePort }: BrokerSecurity,
): Readonly<Record<string, string | number | boolean>> => ({
  ...listeners([`SASL_SSL://127.0.0.1:${port}`, ...certificateListener(certificatePort)], controllerPort),
  'inter.broker.listener.name': 'SASL_SSL',
  'sasl.enabled.mechanisms': [...SCRAM, 'PLAIN'].join(','),
  'sasl.mechanism.inter.broker.protocol': SCRAM[0],
  [`${LOGIN}.plain.sasl.jaas.config`]: plainLogins(users),
  ...Object.fromEntries(
    SCRAM.map((mechanism) => [
      `${LOGIN}.${mechanism.toLowerCase()}.sasl.jaas.config`,
      `org.apache.kafka.common.security.scram.ScramLoginModule required username="${users[0].name}" password="${users[0].password}";`,
    ]),
  ),
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keyStore,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': trustStore,
  [`${LOGIN}.ssl.client.auth`]: 'requested',
  'listener.name.ssl.ssl.client.auth': 'required',
  'ssl.principal.mapping.rules': 'RULE:^CN=([a-z-]+)$/$1/,DEFAULT',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  // The controller is reached within this one process alone.
  'super.users': `User:${users[0].name};User:ANONYMOUS`,
});

/** Arguments of the format of a data folder, by which the broker knows its users from its first start on. */
export const scramArguments = ({ users }: BrokerSecurity): readonly string[] =>
  users.flatMap(({ name, password }) =>
    SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );

/** Log lines to standard output, which goes to the service's log file. */
export const kafkaLogging = (): string =>
  renderProperties({
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
    'rootLogger.level': 'WARN',
    'rootLogger.appenderRef.out.ref': 'out',
    'logger.server.name': 'kafka.server',
    'logger.server.level': 'INFO',
    'logger.coordinator.name': 'org.apache.kafka.coordinator.group',
    'logger.coordinator.level': 'INFO',
  });
