import type { SecretSource } from './secret-source.ts';

/** How a client tells its password: as it is, or as the proof that it knows it. */
export type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** Who a client is to a Kafka cluster, and by what it knows the cluster. Files are read anew for each connection. */
export type KafkaAccess = {
  readonly login?: { readonly mechanism: Mechanism; readonly username: string; readonly password: SecretSource };
  /** Absent: connections are not encrypted. Names of hosts are always verified. */
  readonly tls?: {
    /** The authorities that brokers are trusted by (PEM); those of Node when absent. */
    readonly caFile?: string;
    /** What the client shows of itself (PEM). */
    readonly client?: { readonly certFile: string; readonly keyFile: string };
  };
};
