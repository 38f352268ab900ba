/** The three parts of the stack. */
export type ServiceName = 'kafka' | 'registry' | 'postgres';

/** What a part is doing. `exited` is the end of a process that nobody asked to stop. */
export type Stage = 'fetching' | 'preparing' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'exited' | 'leftover';

/** One step of a part, `ms` after the call of startStack. */
export type ProgressEvent = {
  readonly name: ServiceName;
  readonly stage: Stage;
  readonly ms: number;
  readonly detail?: string;
};

/** Where an existing part answers; such a part is neither started nor stopped. */
export type External = {
  readonly kafkaBrokers?: readonly string[];
  readonly schemaRegistryUrl?: string;
  readonly databaseUrl?: string;
};

/** TCP ports on 127.0.0.1. */
export type StackPorts = {
  readonly kafka: number;
  readonly kafkaController: number;
  readonly registry: number;
  readonly postgres: number;
};

/** The variable that chooses each port of the persistent stack, what listens there and the default. */
export const portSettings: { readonly [K in keyof StackPorts]: PortSetting } = {
  kafka: { variable: 'MEDALLION_KAFKA_PORT', what: 'Kafka', port: 29092, service: 'kafka' },
  kafkaController: {
    variable: 'MEDALLION_KAFKA_CONTROLLER_PORT',
    what: "Kafka's controller",
    port: 29093,
    service: 'kafka',
  },
  registry: { variable: 'MEDALLION_REGISTRY_PORT', what: 'the schema registry', port: 28081, service: 'registry' },
  postgres: { variable: 'MEDALLION_POSTGRES_PORT', what: 'Postgres', port: 25432, service: 'postgres' },
};

export type PortSetting = {
  readonly variable: string;
  readonly what: string;
  readonly port: number;
  readonly service: ServiceName;
};

/** Options of startStack; every one has a default. */
export type StackOptions = {
  /**
   * `persistent` (default) keeps its data and listens on fixed ports, so that a second start continues;
   * `ephemeral` has free ports and a temporary folder that is removed at the end.
   */
  readonly mode?: 'persistent' | 'ephemeral';
  /** Folder of the data; default `<repository>/.medallion/data`, or a temporary folder when ephemeral. */
  readonly home?: string;
  readonly ports?: Partial<StackPorts>;
  readonly external?: External;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Gives up a start that is under way: what was started is stopped, and startStack rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Read instead of process.env. */
  readonly env?: Environment;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The parts that the environment says exist already: `KAFKA_BROKERS`, `SCHEMA_REGISTRY_URL`, `DATABASE_URL`. */
export const externalFrom = (env: Environment): External => ({
  ...(env.KAFKA_BROKERS ? { kafkaBrokers: env.KAFKA_BROKERS.split(',').map((broker) => broker.trim()) } : {}),
  ...(env.SCHEMA_REGISTRY_URL ? { schemaRegistryUrl: env.SCHEMA_REGISTRY_URL } : {}),
  ...(env.DATABASE_URL ? { databaseUrl: env.DATABASE_URL } : {}),
});
