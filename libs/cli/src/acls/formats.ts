import type { Grant, Operation, ServiceName } from '@medallion/runtime';

/** What each service may do. */
export type Rights = ReadonlyMap<ServiceName, readonly Grant[]>;

/** How the rights are written. */
export type FormatOptions = {
  /** The Kafka user of a service. */
  readonly userOf: (service: ServiceName) => string;
  /** The Strimzi cluster that users belong to. */
  readonly cluster: string;
};

/** `describe_configs` as Kafka's tools and Strimzi have it: DescribeConfigs. */
const named = (operation: Operation): string =>
  operation
    .split('_')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('');

/** A shell word that is taken as it is. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Resources with the same operations, so that one call grants them all. */
const alike = (grants: readonly Grant[]): readonly (readonly Grant[])[] => [
  ...Map.groupBy(grants, ({ resource, operations }) => `${resource} ${operations.join(' ')}`).values(),
];

/** Commands for Kafka's own tool; KAFKA_ACLS names it, with how it reaches the cluster. */
export function kafkaAcls(rights: Rights, { userOf }: FormatOptions): readonly string[] {
  return [
    '#!/bin/sh',
    '# Grants; what is granted already stays. Run it with, for example,',
    '#   KAFKA_ACLS="kafka-acls.sh --bootstrap-server kafka:9093 --command-config admin.properties"',
    'set -eu',
    ...[...rights].flatMap(([service, grants]) => [
      '',
      `# ${service}`,
      ...alike(grants).map((those) =>
        [
          '$KAFKA_ACLS --add --force',
          `--allow-principal ${quoted(`User:${userOf(service)}`)}`,
          ...(those[0]?.operations ?? []).map((operation) => `--operation ${named(operation)}`),
          ...those.map(({ resource, name }) => `--${resource} ${quoted(name)}`),
        ].join(' '),
      ),
    ]),
  ];
}

/** KafkaUser resources of Strimzi, whose passwords its operator makes and keeps in secrets of the same name. */
export function strimziUsers(rights: Rights, { userOf, cluster }: FormatOptions): readonly string[] {
  return [...rights].flatMap(([service, grants]) => [
    '---',
    'apiVersion: kafka.strimzi.io/v1',
    'kind: KafkaUser',
    'metadata:',
    `  name: ${JSON.stringify(userOf(service))}`,
    '  labels:',
    `    strimzi.io/cluster: ${JSON.stringify(cluster)}`,
    'spec:',
    '  authentication:',
    '    type: scram-sha-512',
    '  authorization:',
    '    type: simple',
    '    acls:',
    ...grants.flatMap(({ resource, name, operations }) => [
      '      - resource:',
      `          type: ${resource}`,
      `          name: ${JSON.stringify(name)}`,
      '          patternType: literal',
      `        operations: [${operations.map(named).join(', ')}]`,
    ]),
  ]);
}
