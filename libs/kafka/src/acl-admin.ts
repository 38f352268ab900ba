import type { Grant, Operation } from '@medallion/runtime';
import kafkajs from 'kafkajs';
import { adminClient } from './admin-client.ts';
import type { KafkaOptions } from './options.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const OPERATIONS: Readonly<Record<Operation, kafkajs.AclOperationTypes>> = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  alter: AclOperationTypes.ALTER,
  delete: AclOperationTypes.DELETE,
  describe: AclOperationTypes.DESCRIBE,
  describe_configs: AclOperationTypes.DESCRIBE_CONFIGS,
};

/** Says in a cluster who may do what; for commands, as a login that may alter the cluster. */
export type AclAdmin = {
  /** Lets a user do this from any host; what was granted before stays. @throws MED_LOG_FORBIDDEN, MED_LOG_UNAVAILABLE */
  grant(user: string, grants: readonly Grant[]): Promise<void>;
  close(): Promise<void>;
};

/**
 * Grants rights in a Kafka cluster.
 *
 * @example await createAclAdmin({ brokers, clientId: 'medallion', log, access }).grant('silver-enrich', grants)
 */
export function createAclAdmin(options: KafkaOptions): AclAdmin {
  const { ask, close } = adminClient(options);
  return {
    grant: (user, grants) =>
      ask(async (admin) => {
        const acl = grants.flatMap(({ resource, name, operations }) =>
          operations.map((operation) => ({
            principal: `User:${user}`,
            host: '*',
            resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
            resourceName: name,
            resourcePatternType: ResourcePatternTypes.LITERAL,
            operation: OPERATIONS[operation],
            permissionType: AclPermissionTypes.ALLOW,
          })),
        );
        if (acl.length > 0) await admin.createAcls({ acl });
      }),
    close,
  };
}
