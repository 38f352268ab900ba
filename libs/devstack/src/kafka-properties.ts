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
