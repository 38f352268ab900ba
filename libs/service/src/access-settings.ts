import { oneOf, secret, string } from './setting.ts';

/** Who a client is to Kafka, and by what it knows the brokers. `libs/kafka` reads them, files anew for each connection. */
export const kafkaAccessSettings = {
  KAFKA_SASL_MECHANISM: oneOf(['none', 'plain', 'scram-sha-256', 'scram-sha-512'], {
    doc: 'How the login to Kafka is shown; `plain` needs KAFKA_SSL.',
    default: 'none',
  }),
  KAFKA_SASL_USERNAME: string({ doc: 'The user of that login.' }),
  KAFKA_SASL_PASSWORD: secret(
    string({ doc: 'Its password. The file is read again at each new connection, so that it may change at run time.' }),
  ),
  KAFKA_SSL: oneOf(['true', 'false'], {
    doc: 'Whether connections to Kafka are encrypted; the names in the certificates of brokers are always verified.',
    default: 'false',
  }),
  KAFKA_SSL_CA_FILE: string({
    doc: "The path of the authorities that brokers are trusted by (PEM); Node's own when not set. Read again at each new connection.",
  }),
  KAFKA_SSL_CERT_FILE: string({
    doc: 'The path of the certificate that is shown to brokers that ask for one (PEM, with its chain). Read again at each new connection.',
  }),
  KAFKA_SSL_KEY_FILE: string({ doc: 'The path of the key (PEM) of KAFKA_SSL_CERT_FILE.' }),
} as const;

/** Who a client is to the schema registry, and by what it knows it. */
export const registryAccessSettings = {
  SCHEMA_REGISTRY_USERNAME: string({ doc: 'The user of the schema registry, by basic authentication.' }),
  SCHEMA_REGISTRY_PASSWORD: secret(string({ doc: 'Its password. The file is read again at each request.' })),
  SCHEMA_REGISTRY_CA_FILE: string({
    doc: "The path of the authorities that an https registry is trusted by (PEM); Node's own when not set.",
  }),
} as const;
