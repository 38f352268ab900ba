import {
  type Config,
  hostPort,
  type Item,
  integer,
  kafkaAccessSettings,
  list,
  registryAccessSettings,
  secret,
  string,
  url,
} from '@medallion/service';
import { securitySettings } from './security/settings.ts';

const httpUrl: Item = {
  allowed: 'an http URL',
  accepts: (text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''),
};

/** What the dashboard can be told, beside what every service can. */
export const dashboardSettings = {
  DASHBOARD_HOST: string({
    doc: 'The address on which the pages and their API are served; another one than that of this machine needs a login (AUTH).',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    allowed: 'a host name or an address of this machine',
    default: '127.0.0.1',
  }),
  DASHBOARD_PORT: integer({
    doc: 'The port of the pages and their API; 0 takes any free one and logs which.',
    min: 0,
    max: 65_535,
    default: 29_100,
  }),
  DATABASE_URL: secret(
    url({
      doc: 'The Postgres database of the gold tables, as a login that has the role medallion_dashboard.',
      schemes: ['postgres', 'postgresql'],
      required: true,
    }),
  ),
  DATABASE_PASSWORD: secret(
    string({
      doc: 'Replaces the password of DATABASE_URL; as a file it is read at each new connection: rotation needs no restart.',
    }),
  ),
  OPERATOR_DATABASE_URL: secret(
    url({
      doc: 'The same database as a login that has the role medallion_operator; without it nothing can be redriven here.',
      schemes: ['postgres', 'postgresql'],
    }),
  ),
  OPERATOR_DATABASE_PASSWORD: secret(
    string({ doc: 'Replaces the password of OPERATOR_DATABASE_URL, as DATABASE_PASSWORD does.' }),
  ),
  KAFKA_BROKERS: list(hostPort, {
    doc: 'The brokers to find the Kafka cluster by; without them there are no lags, no groups and no redrives.',
  }),
  ...kafkaAccessSettings,
  SCHEMA_REGISTRY_URL: url({
    doc: 'The Confluent-compatible schema registry; without it there are no schemas and no redrives.',
    schemes: ['http', 'https'],
  }),
  ...registryAccessSettings,
  OPS_URLS: list(httpUrl, {
    doc: 'Where the services serve /readyz and /metrics, so that the operator sees how they are.',
  }),
  ...securitySettings,
} as const;

/** The settings of a dashboard that runs. */
export type DashboardConfig = Config<typeof dashboardSettings>;
