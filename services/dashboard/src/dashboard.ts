import { MedallionError, messageOf } from '@medallion/core';
import { createDashboardReader, createOperatorWriter, databaseUrlFrom } from '@medallion/postgres';
import type { Running, ServiceContext } from '@medallion/service';
import type { FastifyInstance } from 'fastify';
import { dashboardMetrics } from './dashboard-metrics.ts';
import { featuresOf } from './features.ts';
import { noAnswers } from './http/answer-counts.ts';
import { openApp } from './http/open-app.ts';
import { openParts } from './http/open-parts.ts';
import { createLive } from './live/live.ts';
import { auditTo } from './security/audit.ts';
import { securityOf } from './security/security.ts';
import type { DashboardConfig, dashboardSettings } from './settings.ts';

/** A statement that takes longer is given up: somebody waits for it at a page. */
const STATEMENT_MS = 5_000;
const MAX_LISTENERS = 500;
const PING_MS = 10_000;

/** Starts the dashboard; it needs neither Postgres nor Kafka for that, and says so while they are away. */
export async function startDashboard(context: ServiceContext<typeof dashboardSettings>): Promise<Running> {
  const { clock, log, health } = context;
  const config = withPasswords(context.config);
  const reader = createDashboardReader({ databaseUrl: config.DATABASE_URL, statementMs: STATEMENT_MS, log });
  const { parts, versions, counts } = openParts({ reader, clock, log });
  const { OPERATOR_DATABASE_URL: operatorUrl } = config;
  const operator = operatorUrl === undefined ? null : createOperatorWriter({ databaseUrl: operatorUrl, log });
  const audit = auditTo({ log, query: operator?.query });
  const security = securityOf(config, { clock, log, audit, canRedrive: canRedrive(config) });
  const features = featuresOf(parts, config, audit);
  const live = createLive({
    ...{ versions, clock, log, maxListeners: MAX_LISTENERS, pingMs: PING_MS },
    channels: features.flatMap(({ channels }) => channels),
  });
  const answers = noAnswers();
  for (const metric of dashboardMetrics({ live, cache: counts, answers })) context.metrics.own(metric);
  const app = await openApp({ features, live, security, log, answers });
  const stop = async (): Promise<void> => {
    await app.close();
    versions.close();
    await Promise.all(features.map((feature) => feature.close?.()));
    await Promise.all([reader.close(), operator?.close()]);
  };
  try {
    const url = await listen(app, config);
    log.info({ url }, 'serving the dashboard');
    health.set('dashboard', { ok: true, message: url });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** Passwords of files are named in the addresses, and read at each new connection. */
const withPasswords = (config: DashboardConfig): DashboardConfig => ({
  ...config,
  DATABASE_URL: databaseUrlFrom(config.DATABASE_URL, process.env),
  OPERATOR_DATABASE_URL:
    config.OPERATOR_DATABASE_URL &&
    databaseUrlFrom(config.OPERATOR_DATABASE_URL, process.env, 'OPERATOR_DATABASE_PASSWORD'),
});

/** Whether it was given all that a redrive needs. */
const canRedrive = (config: DashboardConfig): boolean =>
  config.OPERATOR_DATABASE_URL !== undefined &&
  config.KAFKA_BROKERS !== undefined &&
  config.SCHEMA_REGISTRY_URL !== undefined;

async function listen(app: FastifyInstance, config: DashboardConfig): Promise<string> {
  const { DASHBOARD_HOST: host, DASHBOARD_PORT: port } = config;
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new MedallionError(
        'MED_PORT_TAKEN',
        { port, what: 'the dashboard', variable: 'DASHBOARD_PORT' },
        { cause: error },
      );
    throw new MedallionError('MED_LISTEN_FAILED', { host, port, reason: messageOf(error) }, { cause: error });
  }
}
