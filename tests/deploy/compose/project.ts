import { freePort } from '../../support/free-port.ts';

/** The services of docker-compose.yml that are of our image and run for long. */
export const OURS = ['bronze-ingest', 'silver-enrich', 'gold-aggregate', 'dashboard'] as const;
/** Those of others. */
export const THEIRS = ['kafka', 'registry', 'postgres', 'prometheus'] as const;
/** What ends by itself. */
export const JOBS = ['secrets', 'roles', 'registry-rules', 'migrate'] as const;

/** Free ports of this machine for what ports.yml publishes, and for the dashboard. */
export const freePorts = async () => ({
  CHECK_KAFKA_PORT: String(await freePort()),
  CHECK_REGISTRY_PORT: String(await freePort()),
  CHECK_POSTGRES_PORT: String(await freePort()),
  CHECK_PROMETHEUS_PORT: String(await freePort()),
  DASHBOARD_PORT: String(await freePort()),
});
