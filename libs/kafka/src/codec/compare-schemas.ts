import type { RowSchema } from '@medallion/schema';
import type { RegistryOptions } from './registry.ts';
import { topicSchema } from './registry-codecs.ts';
import { registryFailure, registryHttp } from './registry-http.ts';

/** What registering a schema would do to its subject. */
export type SchemaChange = {
  readonly subject: string;
  readonly change: 'new' | 'same' | 'compatible' | 'incompatible';
  /** What stands against it. */
  readonly reason: string | null;
};

const TIMEOUT_MS = 10_000;

/**
 * What the registry would say to the schemas of these topics; nothing is registered.
 *
 * @throws MED_REGISTRY_UNAVAILABLE, or what the registry refuses
 */
export async function compareSchemas(
  options: RegistryOptions,
  topics: readonly { readonly topic: string; readonly schema: RowSchema }[],
): Promise<readonly SchemaChange[]> {
  const http = registryHttp(options);
  const ask = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>> | null> => {
    const asked = body === undefined ? {} : { method: 'POST' as const, body };
    return ((await http.ask(path, { timeoutMs: TIMEOUT_MS, ...asked })) ?? null) as Record<string, unknown> | null;
  };
  const changes: SchemaChange[] = [];
  try {
    for (const { topic, schema } of topics) {
      const subject = `${topic}-value`;
      const path = `/subjects/${encodeURIComponent(subject)}`;
      const body = { schema: JSON.stringify(topicSchema(topic, schema)), schemaType: 'AVRO' };
      if ((await ask(`${path}/versions/latest`)) === null) changes.push({ subject, change: 'new', reason: null });
      else if ((await ask(path, body)) !== null) changes.push({ subject, change: 'same', reason: null });
      else {
        const answer = await ask(`/compatibility${path}/versions/latest?verbose=true`, body);
        const messages = Array.isArray(answer?.messages) ? answer.messages.map(String) : [];
        changes.push(
          answer?.is_compatible === true
            ? { subject, change: 'compatible', reason: null }
            : { subject, change: 'incompatible', reason: messages.join('; ') || 'the registry refuses it' },
        );
      }
    }
    return changes;
  } catch (error) {
    throw registryFailure(error, 'its subjects');
  }
}
