import { catalogue } from './entry.ts';

/** Of the schema registry. */
export const registryErrors = catalogue({
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
});
