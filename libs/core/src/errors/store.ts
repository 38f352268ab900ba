import { catalogue } from './entry.ts';

/** Of Postgres: the way to it, what it holds, and who may write there. */
export const storeErrors = catalogue({
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
});
