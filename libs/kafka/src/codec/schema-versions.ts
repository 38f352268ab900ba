import type { RegistryOptions } from './registry.ts';
import { registryFailure, registryHttp } from './registry-http.ts';

/** A version of a subject. */
export type SchemaVersion = {
  readonly version: number;
  readonly id: number;
  /** AVRO, JSON, PROTOBUF … */
  readonly type: string;
  /** As it was registered: Avro and JSON schemas parsed, others as their text. */
  readonly schema: unknown;
};

/** What a registry has of a subject. */
export type SubjectVersions = {
  /** How new versions are checked; null where nothing is said of this subject. */
  readonly compatibility: string | null;
  /** Oldest first; the newest ones where there are more than were asked for. */
  readonly versions: readonly SchemaVersion[];
};

const TIMEOUT_MS = 5_000;

/**
 * What the registry has of a subject; null when it does not know it. Nothing is registered.
 *
 * @throws MED_REGISTRY_UNAVAILABLE, or what the registry refuses
 * @example await subjectVersions({ url }, 'shop.orders-value', 20)
 */
export async function subjectVersions(
  options: RegistryOptions,
  subject: string,
  most: number,
): Promise<SubjectVersions | null> {
  const http = registryHttp(options);
  const ask = async (path: string): Promise<unknown> => (await http.ask(path, { timeoutMs: TIMEOUT_MS })) ?? null;
  const path = `/subjects/${encodeURIComponent(subject)}/versions`;
  try {
    const numbers = await ask(path);
    if (!Array.isArray(numbers)) return null;
    const newest = numbers.map(Number).filter(Number.isSafeInteger).toSorted(ascending).slice(-most);
    const config = (await ask(`/config/${encodeURIComponent(subject)}`)) as Answer | null;
    const versions = await Promise.all(
      newest.map(async (n) => versionOf((await ask(`${path}/${n}`)) as Answer | null)),
    );
    const compatibility = config?.compatibilityLevel ?? config?.compatibility;
    return {
      compatibility: typeof compatibility === 'string' ? compatibility.toUpperCase() : null,
      versions: versions.filter((version) => version !== null),
    };
  } catch (error) {
    throw registryFailure(error, `subject ${subject}`);
  }
}

type Answer = Readonly<Record<string, unknown>>;

const ascending = (a: number, b: number): number => a - b;

function versionOf(answer: Answer | null): SchemaVersion | null {
  if (answer === null || typeof answer.schema !== 'string') return null;
  const type = typeof answer.schemaType === 'string' ? answer.schemaType : 'AVRO';
  return { version: Number(answer.version), id: Number(answer.id), type, schema: parsed(answer.schema) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
