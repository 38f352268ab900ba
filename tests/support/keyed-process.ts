// node keyed-process.ts BROKERS REGISTRY NAME: silver-enrich of the pipeline of keyed tables, until it is killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import { noProgress, runLayer } from '@medallion/runtime';
import { keyedPipeline, keyedTable, renamed } from './keyed-plan.ts';

const [brokers = '', url = '', name = ''] = process.argv.slice(2);
runLayer('silver', {
  plan: renamed(keyedPipeline(keyedTable(1), keyedTable(2)), name),
  log: createKafkaLog({ brokers: brokers.split(','), clientId: 'keyed', log: silentLog }),
  codecs: createRegistryCodecs({ url }),
  owner: String(process.pid),
  clock: systemClock,
  logger: silentLog,
  metrics: noMetrics,
  progress: () => noProgress,
  report: (flow, condition) => {
    if (!condition.ok && condition.code !== 'MED_FLOW_STARTING') console.error(`${flow}: ${condition.message}`);
  },
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  settings: {
    fetchWaitMs: 20,
    maxBatchBytes: 20_000,
    sessionTimeoutMs: 6_000,
    tickMs: 200,
    checkpointEveryMs: 400,
    idleTimeoutMs: milliseconds(60_000),
  },
});
