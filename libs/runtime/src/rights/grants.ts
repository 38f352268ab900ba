/** Who is somebody to Kafka. `operator`: people, with the command. */
export type ServiceName =
  | 'bronze-ingest'
  | 'silver-enrich'
  | 'gold-aggregate'
  | 'generator'
  | 'dashboard'
  | 'migrator'
  | 'operator';

/** What somebody may do, by Kafka's names of operations. */
export type Operation = 'read' | 'write' | 'create' | 'alter' | 'delete' | 'describe' | 'describe_configs';

/** What somebody may do with one topic or group, which is named whole: no prefixes, no patterns. */
export type Grant = {
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operations: readonly Operation[];
};

/** How rights are to be. */
export type GrantOptions = {
  /** Whether services make the topics of their pipelines themselves (MIGRATE=auto). */
  readonly make: boolean;
};
