import { isMedallionError, MedallionError, messageOf } from '@medallion/core';

/** What caused an error: kafkajs wraps errors in retries, and those of several topics in one. */
function causeOf(error: Error): unknown {
  if (error.cause !== undefined) return error.cause;
  const [first] = 'errors' in error && Array.isArray(error.errors) ? (error.errors as readonly unknown[]) : [];
  return first;
}

/** An error, and what caused it, down to the first. */
function chain(error: unknown): readonly Error[] {
  const links: Error[] = [];
  for (let at = error; links.length < 10 && at instanceof Error; at = causeOf(at)) links.push(at);
  return links;
}

/** The first cause of an error. */
export const rootCause = (error: unknown): unknown => chain(error).at(-1) ?? error;

/** The protocol's name of the error that a broker answered, such as UNKNOWN_TOPIC_OR_PARTITION. */
export const protocolError = (error: unknown): string | undefined =>
  chain(error)
    .map((each) => (each as { type?: unknown }).type)
    .find((type) => typeof type === 'string');

/** What was asked for when an error came: brokers say that something is forbidden, and seldom what. */
export type AskedFor = { readonly topics?: readonly string[]; readonly group?: string };

/**
 * An error of the client as MED_LOG_UNAVAILABLE, or as what it was not allowed or trusted to do; one that has a code already is
 * left as it is.
 */
export function unavailable(error: unknown, asked: AskedFor = {}): MedallionError {
  const coded = chain(error).find(isMedallionError);
  if (coded !== undefined) return coded;
  const type = protocolError(error);
  const refused = refusal(error, type, asked);
  if (refused !== null) return refused;
  const said = messageOf(rootCause(error));
  const reason = `${said}${hint(error, said, asked)}`;
  return new MedallionError('MED_LOG_UNAVAILABLE', { reason: type ? `${type}: ${reason}` : reason }, { cause: error });
}

/** What else may be behind words of kafkajs that say less than the broker did. */
function hint(error: unknown, said: string, { group }: AskedFor): string {
  if (said === 'Closed connection')
    return ', as a broker does that asks for a login or for TLS, or a proxy whose broker is gone';
  // kafkajs keeps to itself why no broker names one.
  const unfound = chain(error).some(({ name }) => name === 'KafkaJSGroupCoordinatorNotFound');
  return unfound && group !== undefined ? ` of ${group}, as of a group that this login may not describe` : '';
}

/** Codes of what OpenSSL and Node find wrong with a certificate, or the other side with ours. */
const TLS_CODE =
  /^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_MISMATCH|INVALID_|EPROTO|MED_FILE)/;
/** Node's words for a port that speaks something else. */
const NO_TLS = 'before secure TLS connection was established';
const LOGIN_TYPES: readonly string[] = [
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
];

/** Whether a connection failed because of a certificate, also of one that cannot be read. */
export const isTlsTrouble = (error: unknown): boolean =>
  chain(error).some((each) => TLS_CODE.test(codeOf(each) ?? '') || each.message.includes(NO_TLS));

/** An error that says that who asks is not trusted, or not allowed to; null for every other one. */
export function refusal(error: unknown, type: string | undefined, asked: AskedFor): MedallionError | null {
  const links = chain(error);
  const coded = links.find(isMedallionError);
  if (coded !== undefined) return coded;
  const reason = messageOf(rootCause(error));
  if (LOGIN_TYPES.includes(type ?? '') || links.some(({ name }) => name === 'KafkaJSSASLAuthenticationError'))
    return new MedallionError('MED_LOG_AUTH_FAILED', { reason }, { cause: error });
  if (type?.endsWith('_AUTHORIZATION_FAILED')) {
    const resource = resourceOf(type, links, asked);
    return new MedallionError('MED_LOG_FORBIDDEN', { resource, reason: `${type}: ${reason}` }, { cause: error });
  }
  if (!isTlsTrouble(error)) return null;
  const code = links.map(codeOf).find((found) => found !== undefined && TLS_CODE.test(found) && found !== 'MED_FILE');
  return new MedallionError(
    'MED_LOG_TLS_FAILED',
    { reason: code === undefined ? reason : `${code}: ${reason}` },
    { cause: error },
  );
}

function resourceOf(type: string, links: readonly Error[], { topics = [], group }: AskedFor): string {
  if (type.startsWith('GROUP_')) return group === undefined ? 'a group' : `group ${group}`;
  if (!type.startsWith('TOPIC_')) return 'the cluster';
  const named = links.map((each) => (each as { topic?: unknown }).topic).find((topic) => typeof topic === 'string');
  const names = typeof named === 'string' ? [named] : [...new Set(topics)];
  return names.length === 0 ? 'a topic' : `topic ${names.join(' or ')}`;
}

const codeOf = (error: Error): string | undefined => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** Resolves with the outcome of `work`, or rejects after `ms` with `late`'s error while `work` goes on unheeded. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  work.catch(() => {}); // after the timeout nobody else hears of it
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `work` up to `ms`, whatever becomes of it: for closing down. */
export const settled = (ms: number, work: Promise<unknown>): Promise<void> =>
  within(ms, work, () => new Error('late')).then(
    () => {},
    () => {},
  );
