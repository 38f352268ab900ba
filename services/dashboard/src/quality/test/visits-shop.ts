import { silentLog } from '@medallion/core';
import type { TestStack } from '@medallion/devstack';
import { runInProcess } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import { createDashboardReader, createGoldReader, OPERATOR_ROLE, type Query } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import { createCatalogFeature } from '../../catalog/feature.ts';
import { openTestApp, PATIENT_STATEMENT_MS, type TestApp } from '../../http/test-app.ts';
import { auditTo } from '../../security/audit.ts';
import { createQualityFeature } from '../feature.ts';
import { type TestPlans, testPlans } from './visits.ts';

const TOPIC = { partitions: 2, retentionMs: 86_400_000, maxMessageBytes: 2_097_152 };
/** What the pipeline leaves in the control tables. */
const LEFT_IN = [
  ...['quarantine', 'redrives', 'catalog', 'rules', 'rule_counts', 'table_counts', 'lease', 'watermarks'],
  ...['lineage', 'column_lineage', 'flows', 'event_log'],
];

/** The small pipeline of visits on the real stack, with a dashboard before it. */
export type VisitsShop = {
  readonly plans: TestPlans;
  readonly log: RecordLog;
  /** As who may change everything. */
  readonly query: Query;
  /** Where everybody is an operator. */
  readonly open: TestApp;
  /** Where one logs in by token. */
  readonly guarded: TestApp;
  readonly asViewer: Readonly<Record<string, string>>;
  readonly asOperator: Readonly<Record<string, string>>;
  /** Sends to `visits` or `guests` of this pipeline; `who` is the key and a header of each record. */
  send(topic: 'visits' | 'guests', values: readonly (string | Buffer)[], who?: string): Promise<void>;
  /** Goes on with the plan whose rules take more. */
  mend(): void;
  /** Processes all that there is, as the services do. */
  run(): Promise<void>;
  /** Takes back what the pipeline left in the database. */
  close(): Promise<void>;
};

/** Opens the shop of the pipeline of that name, with its topics and nothing in them. */
export async function openVisitsShop(name: string, stack: TestStack): Promise<VisitsShop> {
  const { kafkaBrokers: brokers, schemaRegistryUrl: registryUrl, databaseUrl } = stack;
  const plans = testPlans(name);
  let plan = plans.strict;
  const log = createKafkaLog({ brokers, clientId: 'quality-test', log: silentLog });
  const writer = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  const reader = createDashboardReader({ databaseUrl, statementMs: PATIENT_STATEMENT_MS });
  await log.ensureTopics(['visits', 'guests'].map((topic) => ({ topic: `${name}.${topic}`, ...TOPIC })));
  const needs = { brokers, registry: { url: registryUrl }, planOf: async () => plan };
  const audit = auditTo({ log: silentLog, query: writer.query });
  const options = {
    reader,
    canRedrive: true,
    features: (parts: Parameters<typeof createQualityFeature>[0]) => [
      createQualityFeature(parts, { redrives: { ...needs, databaseUrl, role: OPERATOR_ROLE, audit } }),
      createCatalogFeature(parts, needs),
    ],
  };
  const tokens = { VIEWER_TOKEN: 'viewer-token-of-a-test', OPERATOR_TOKEN: 'operator-token-of-a-test' };
  const open = await openTestApp(options);
  const guarded = await openTestApp({ ...options, env: { AUTH: 'token', ...tokens } });
  return {
    ...{ plans, log, query: writer.query, open, guarded },
    asViewer: { authorization: `Bearer ${tokens.VIEWER_TOKEN}` },
    asOperator: { authorization: `Bearer ${tokens.OPERATOR_TOKEN}` },
    async send(topic, values, who) {
      const appender = await log.appender();
      const headers: Record<string, string> = who === undefined ? {} : { who };
      const key = who === undefined ? null : Buffer.from(who);
      const records = values.map((value) => ({ key, value: Buffer.from(value as string), headers }));
      await appender.append([{ topic: `${name}.${topic}`, partition: 0, records }]);
      await appender.close();
    },
    mend() {
      plan = plans.mended;
    },
    run: () =>
      runInProcess({
        plan,
        env: { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registryUrl, DATABASE_URL: databaseUrl },
        ...{ once: true, logger: silentLog, report: () => {}, signal: new AbortController().signal },
      }),
    async close() {
      await Promise.all([open.close(), guarded.close()]);
      for (const table of LEFT_IN) await writer.query(`DELETE FROM medallion.${table} WHERE pipeline = $1`, [name]);
      for (const schema of [plan.schemaName, `${plan.schemaName}_masked`])
        await writer.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await writer.close();
      await reader.close();
      await log.close();
    },
  };
}
