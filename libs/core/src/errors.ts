type Entry = { readonly retryable: boolean; readonly message: string; readonly remedy: string };

/** `{table}` in a template becomes a required, typed detail of the thrown error. */
type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Details<E extends Entry> = Readonly<
  Record<Placeholders<E['message']> | Placeholders<E['remedy']>, string | number>
>;

const catalogue = <const C extends Record<string, Entry>>(entries: C): C => entries;

/**
 * Every error that Medallion raises by name. A code is public API: it is never renamed or given another meaning.
 * `retryable` says whether the engine may try again by itself; otherwise a person has to act first.
 */
export const errors = catalogue({
  MED_CONFIG_INVALID: {
    retryable: false,
    message: 'the configuration is not valid:\n{problems}',
    remedy: 'set the variables named above; docs/configuration.md lists each with its default',
  },
  MED_PIPELINE_INVALID: {
    retryable: false,
    message: 'pipeline "{pipeline}" is not valid:\n{problems}',
    remedy: 'correct the declarations named above',
  },
  MED_EXPRESSION_INVALID: {
    retryable: false,
    message: 'the expression is not valid:\n{place} {problem}',
    remedy: '{advice}',
  },
  MED_TABLE_CHANGED: {
    retryable: false,
    message: 'table "{table}" was built with other logic (version {stored}, now {declared})',
    remedy: 'restore the former declaration, or rebuild the table: {command}',
  },
  MED_TABLE_BEHIND: {
    retryable: false,
    message: 'table "{table}" is new or gone, and {topic} was read up to offset {offset} without it',
    remedy: 'remove the declaration, or rebuild the tables from the start of their topics: {command}',
  },
  MED_LOG_GAP: {
    retryable: false,
    message: '{topic}[{partition}] begins at offset {low}, after the expected offset {expected}: records were lost',
    remedy:
      'restore the records, or accept the loss by moving the checkpoint of group {group} to offset {low} (kafka-consumer-groups --reset-offsets)',
  },
  MED_LOG_RECREATED: {
    retryable: false,
    message: '{topic}[{partition}] ends at offset {high}, before the checkpoint at {expected}',
    remedy:
      "was the topic created again? restore it, or remove the pipeline's checkpoints and gold schema to start over",
  },
  MED_PARTITIONS_CHANGED: {
    retryable: false,
    message: 'topic {topic} has {actual} partitions, its input {input} has {expected}',
    remedy: 'create both with the same count: drain the pipeline, then recreate {topic} with {expected} partitions',
  },
  MED_READERS_CHANGED: {
    retryable: false,
    message: 'the log of files {topic} was made for {actual} readers, and files("{path}") declares {expected}',
    remedy:
      'declare readers: {actual} again; for another number every file has to be read again: drain the pipeline, delete {topic}, and rebuild its table with `medallion refresh --full`',
  },
  MED_TOPIC_MISSING: {
    retryable: true,
    message: 'topic {topic} does not exist',
    remedy: 'create it, or start the producer that creates it',
  },
  MED_CHECKPOINT_INVALID: {
    retryable: false,
    message: 'the checkpoint of group {group} for {topic}[{partition}] cannot be read: {reason}',
    remedy: "was the group's offset moved by another tool? remove the group's offset for this partition to start over",
  },
  MED_APPEND_FAILED: {
    retryable: true,
    message: 'an append to {topic} was not acknowledged: {reason}',
    remedy:
      'is the broker reachable, and are its topics writable? the flow goes back to its checkpoint and tries again',
  },
  MED_LOG_UNAVAILABLE: {
    retryable: true,
    message: 'Kafka does not answer: {reason}',
    remedy: 'check KAFKA_BROKERS and that the broker is up; the service keeps trying',
  },
  MED_LOG_AUTH_FAILED: {
    retryable: true,
    message: 'Kafka refuses the login: {reason}',
    remedy:
      'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD or its file; the service keeps trying, and reads the file again each time',
  },
  MED_LOG_TLS_FAILED: {
    retryable: true,
    message: 'no TLS connection to Kafka can be made: {reason}',
    remedy:
      "check that KAFKA_SSL_CA_FILE holds the authority of the brokers' certificates, that these name the hosts in KAFKA_BROKERS and have not expired, and KAFKA_SSL_CERT_FILE where brokers ask for one; the service keeps trying, and reads the files again each time",
  },
  MED_LOG_FORBIDDEN: {
    retryable: true,
    message: 'Kafka does not allow this login to use {resource}: {reason}',
    remedy: 'grant the rights that `medallion acls` names for this service; the service keeps trying',
  },
  MED_REGISTRY_AUTH_FAILED: {
    retryable: true,
    message: 'the schema registry refuses the login: {reason}',
    remedy:
      'check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD or its file; the service keeps trying, and reads the file again each time',
  },
  MED_REGISTRY_TLS_FAILED: {
    retryable: true,
    message: 'no TLS connection to the schema registry can be made: {reason}',
    remedy:
      'check that SCHEMA_REGISTRY_CA_FILE holds the authority of its certificate, and that this names the host in SCHEMA_REGISTRY_URL and has not expired; the service keeps trying',
  },
  MED_REGISTRY_FORBIDDEN: {
    retryable: true,
    message: 'the schema registry does not allow this login to use {resource}: {reason}',
    remedy: 'grant it that right, or have `medallion migrate` register the schemas; the service keeps trying',
  },
  MED_REGISTRY_UNAVAILABLE: {
    retryable: true,
    message: 'the schema registry does not answer: {reason}',
    remedy: 'check SCHEMA_REGISTRY_URL and that the registry is up; the service keeps trying',
  },
  MED_SCHEMA_INCOMPATIBLE: {
    retryable: false,
    message: 'the schema of {subject} is not BACKWARD compatible with the registered one: {reason}',
    remedy: 'add new columns as nullable, and declare removed ones again; or give the table a new name',
  },
  MED_STORE_UNAVAILABLE: {
    retryable: true,
    message: 'Postgres does not answer: {reason}',
    remedy: 'check DATABASE_URL and that Postgres is up; the service keeps trying',
  },
  MED_DATABASE_URL_INVALID: {
    retryable: false,
    message: 'the address of the database is not valid: {problem}',
    remedy:
      'write it as postgres://user@host:5432/database?sslmode=verify-full&sslrootcert=/path; docs/configuration.md says what else',
  },
  MED_NOT_MIGRATED: {
    retryable: true,
    message: 'pipeline "{pipeline}" is not migrated, and MIGRATE=verify makes nothing: {missing}',
    remedy: 'run `medallion migrate {pipeline}` of the same version; the service looks again and goes on by itself',
  },
  MED_MIGRATION_BUSY: {
    retryable: true,
    message: 'another `medallion migrate` has been at work for {seconds} s',
    remedy: 'wait until it has ended, then run this one again',
  },
  MED_LEASE_LOST: {
    retryable: true,
    message: 'another instance holds the lease of {topic}[{partition}]',
    remedy: 'nothing to do: this instance dropped its batch and rejoined',
  },
  MED_DECISION_INVALID: {
    retryable: false,
    message: 'the decision cannot be taken: {problem}',
    remedy: 'name the flow and the record as the message of the stopped flow does',
  },
  MED_REFRESH_REFUSED: {
    retryable: false,
    message: 'table "{table}" cannot be refreshed: {reason}',
    remedy: '{advice}',
  },
  MED_REFRESH_UNFINISHED: {
    retryable: true,
    message:
      'the rebuild of table "{table}", which {by} began at {at}, has not ended: nothing of {pipeline} may start before',
    remedy: 'if nobody is at it, end it: medallion refresh {pipeline} {table} --full; flows then start by themselves',
  },
  MED_REFRESH_BUSY: {
    retryable: true,
    message: 'a table of {pipeline} is being rebuilt by somebody else',
    remedy: 'wait until that has ended, then try again',
  },
  MED_GROUP_IN_USE: {
    retryable: true,
    message: 'the group {group} has members: {members}',
    remedy: 'stop the services that they belong to',
  },
  MED_ERASE_BEHIND: {
    retryable: true,
    message: 'nobody is erased from {pipeline} while these have not read all that there is of the person:\n{readers}',
    remedy: 'start the services, or decide about a flow that has stopped; once they have caught up, erase again',
  },
  MED_REDRIVE_BUSY: {
    retryable: true,
    message: 'records of {pipeline} are being redriven by somebody else',
    remedy: 'wait until that has ended, then try again',
  },
  MED_BACKFILL_REFUSED: {
    retryable: false,
    message: '{table} cannot be backfilled: {reason}',
    remedy: '{advice}',
  },
  MED_BACKFILL_CHANGED: {
    retryable: false,
    message: 'backfill "{id}" was begun before, with something else: {begun}; now {asked}',
    remedy: 'give this one another --id',
  },
  MED_BACKFILL_UNFINISHED: {
    retryable: false,
    message: 'backfill "{other}" of {flow} has not ended, and they go one after the other',
    remedy: 'run it again as it was begun ({begun}) with --id {other}, or give it up: --id {other} --abandon',
  },
  MED_BACKFILL_SOURCE_CHANGED: {
    retryable: false,
    message: 'backfill "{id}" cannot go on: {what} is gone, or another one than when it was begun',
    remedy:
      'put back what was there and run it again, or give it up: --id {id} --abandon; what it brought so far stays',
  },
  MED_EXPECTATION_FAILED: {
    retryable: false,
    message:
      'flow "{flow}" of table "{table}": {topic}[{partition}] offset {offset} broke {rules}, declared with expectOrFail',
    remedy:
      'correct the rule and resume the flow, or skip this record into quarantine: medallion resume, or medallion skip, with the pipeline, {flow} and {topic}:{partition}:{offset}; offset and output were left where they were',
  },
  MED_THRESHOLD_EXCEEDED: {
    retryable: false,
    message:
      'flow "{flow}" of table "{table}" stopped before {topic}[{partition}] offset {offset}: of {rows} rows, {broken} broke {rule}, more than its threshold allows',
    remedy:
      'correct the source or the rule, then have the flow go on, counting from nothing: medallion resume, with the pipeline, {flow} and {topic}:{partition}:{offset}',
  },
  MED_FILES_UNAVAILABLE: {
    retryable: true,
    message: 'the files below {path} cannot be listed or read: {reason}',
    remedy: 'check LANDING_URL, its credentials and permissions; the flow keeps trying from where it was',
  },
  MED_FILE_UNREADABLE: {
    retryable: false,
    message: '{path} cannot be read as {format}: {reason}',
    remedy: 'it is named in quarantine and left out; correct it and drop it again under a new name',
  },
  MED_FILE_CHANGED: {
    retryable: false,
    message: '{path} changed after it was taken: what is new in it is not read',
    remedy: 'drop new rows as a new file; write files under another name (.tmp) and rename them when they are whole',
  },
  MED_FILE_COLUMNS: {
    retryable: false,
    message:
      'table "{table}": {path} has columns that nobody declared: {columns} ({topic}[{partition}] offset {offset})',
    remedy: 'declare them, or choose another mode of schema evolution; offset and output were left where they were',
  },
  MED_FILE_LOG_INVALID: {
    retryable: false,
    message: '{topic}[{partition}] begins at offset {low}: the log of found files is not whole',
    remedy:
      'restore its records, and keep its retention without end: a file that it no longer names would be read again',
  },
  MED_CHANGELOG_UNREADABLE: {
    retryable: false,
    message:
      '{topic}[{partition}] offset {offset} cannot be read, so that the rows of the table are not known: {reason}',
    remedy: 'restore the schema that it was written with, or rebuild the table from its input',
  },
  MED_RECORD_TOO_LARGE: {
    retryable: false,
    message: '{topic}[{partition}] offset {offset} needs {bytes} bytes in {target}, more than its limit of {limit}',
    remedy: 'raise max.message.bytes of {target}',
  },
  MED_STALLED: {
    retryable: true,
    message: 'no progress for {stalledMs} ms while {pending} records wait',
    remedy: 'the service is restarted by its supervisor; see the log lines before this one for the cause',
  },
  MED_JAVA_MISSING: {
    retryable: false,
    message: 'Java 17 or newer was not found ({found})',
    remedy:
      'install a JRE (Debian: apt-get install openjdk-17-jre-headless) or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL',
  },
  MED_MAVEN_MISSING: {
    retryable: false,
    message: 'Maven was not found ({found})',
    remedy: 'install it (Debian: apt-get install maven) or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL',
  },
  MED_PORT_TAKEN: {
    retryable: false,
    message: 'port {port}, wanted for {what}, is taken',
    remedy: 'stop the program that listens there, or choose another port with {variable}',
  },
  MED_LISTEN_FAILED: {
    retryable: false,
    message: 'cannot listen on {host}:{port}: {reason}',
    remedy: 'set HOST to an address of this machine, and PORT to 1024 or more (or 0 for any free one)',
  },
  MED_DRAIN_TIMEOUT: {
    retryable: true,
    message: 'the service did not finish its work within {timeoutMs} ms of being told to stop',
    remedy:
      'nothing is lost: the next start goes on from the checkpoint; raise SHUTDOWN_TIMEOUT_MS if it happens often',
  },
  MED_UNEXPECTED: {
    retryable: true,
    message: 'an error that nobody expected: {reason}',
    remedy: 'the next start goes on from the checkpoint; please report it with the stack in the log',
  },
  MED_DISK_FULL: {
    retryable: false,
    message: '{path} has {freeMb} MB free, {neededMb} MB are needed',
    remedy: 'free some space, or point MEDALLION_HOME at a folder on a larger disk',
  },
  MED_STACK_RUNNING: {
    retryable: false,
    message: 'process {pid} already runs the stack of {home}',
    remedy: 'use that one, stop it, or point MEDALLION_HOME at another folder',
  },
  MED_FETCH_FAILED: {
    retryable: false,
    message: '{what} could not be fetched: {reason}',
    remedy: 'check the network, and the mirror settings of Maven (~/.m2/settings.xml); what is complete is kept',
  },
  MED_LINEAGE_REFUSED: {
    retryable: true,
    message: 'the lineage of {job} was not taken by {url}: {reason}',
    remedy:
      'check the address of the collector, usually …/api/v1/lineage; one that takes no events of jobs needs --runs',
  },
  MED_LOGIN_REQUIRED: {
    retryable: false,
    message: 'nobody is known to ask: {reason}',
    remedy: 'log in at /login, or send the header Authorization: Bearer with a token that holds',
  },
  MED_LOGIN_REFUSED: {
    retryable: false,
    message: 'the login was refused: {reason}',
    remedy: 'log in again; if that does not help, ask who runs the dashboard: its log has the reason',
  },
  MED_LOGIN_LIMITED: {
    retryable: true,
    message: 'too many logins from this address have failed',
    remedy: 'wait {seconds} s, then try again',
  },
  MED_LOGIN_UNAVAILABLE: {
    retryable: true,
    message: 'the issuer {issuer} cannot be asked: {reason}',
    remedy: 'check OIDC_ISSUER and that the issuer is up; the dashboard keeps trying',
  },
  MED_FORBIDDEN: {
    retryable: false,
    message: '{user} may not do this: {reason}',
    remedy: 'log in as somebody who may, or ask who runs the dashboard for that right',
  },
  MED_REQUEST_INVALID: {
    retryable: false,
    message: 'the request cannot be answered: {problem}',
    remedy: 'correct it; /api/docs says what each address takes',
  },
  MED_NOT_FOUND: {
    retryable: false,
    message: 'there is no {kind} "{name}"',
    remedy: '{list} lists those that there are',
  },
  MED_NOT_CONFIGURED: {
    retryable: false,
    message: 'this dashboard cannot do that: it was not given {settings}',
    remedy: 'start it with {settings}; docs/configuration.md says what they are',
  },
  MED_LIVE_FULL: {
    retryable: true,
    message: 'this dashboard already tells {limit} pages what happens, or is about to stop',
    remedy: 'nothing to do: the page asks now and then instead, and tries again; more pages need another dashboard',
  },
  MED_RATE_LIMITED: {
    retryable: true,
    message: 'this address asked more than {limit} times within {window}',
    remedy: 'wait {seconds} s, then ask less often',
  },
  MED_READ_TOO_LONG: {
    retryable: true,
    message: 'the answer could not be read from Postgres within {seconds} s',
    remedy:
      'ask for less: a shorter time, a filter, or the order of the key; what follows the newest rows is the fastest',
  },
  MED_OVERLOADED: {
    retryable: true,
    message: 'the dashboard has more to do than it can: {reason}',
    remedy: 'ask again in some seconds; when it stays so, run another dashboard beside it',
  },
  MED_REQUEST_FORGED: {
    retryable: false,
    message: 'the request does not come from a page of this dashboard: {reason}',
    remedy: 'load the page again; a program sends Authorization: Bearer, or x-csrf-token from GET /api/session',
  },
  MED_HOST_UNKNOWN: {
    retryable: false,
    message: 'this dashboard is not called {host}',
    remedy: 'use its own address, or add the name to DASHBOARD_HOSTS',
  },
  MED_PLATFORM_UNSUPPORTED: {
    retryable: false,
    message: 'there is no {what} for {platform}, or its package is not installed',
    remedy: 'run pnpm install with optional dependencies, or set DATABASE_URL',
  },
  MED_STACK_START_FAILED: {
    retryable: false,
    message: '{what} did not start: {reason}',
    remedy: 'its last lines are in {logFile}',
  },
});

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errors;

const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name]));

/**
 * An error with a stable code, what happened and where, and the remedy.
 *
 * @example throw new MedallionError('MED_TOPIC_MISSING', { topic: 'santa.deliveries.raw' })
 */
export class MedallionError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly retryable: boolean;
  readonly remedy: string;
  readonly details: Details<(typeof errors)[C]>;

  constructor(code: C, details: Details<(typeof errors)[C]>, options?: ErrorOptions) {
    const entry: Entry = errors[code];
    super(`${code}: ${fill(entry.message, details)}. Remedy: ${fill(entry.remedy, details)}.`, options);
    this.name = 'MedallionError';
    this.code = code;
    this.retryable = entry.retryable;
    this.remedy = fill(entry.remedy, details);
    this.details = details;
  }
}

/** Whether an error is Medallion's own, with a code. */
export const isMedallionError = (error: unknown): error is MedallionError => error instanceof MedallionError;

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
