import { MedallionError } from '@medallion/core';
import type { KafkaAccess } from '@medallion/kafka';

import type { PipelinePlan } from '@medallion/pipeline';
import Type, { type Static } from 'typebox';
import { Graph, Group, Lease, PIPELINE, Status, StorableText } from '../contract/index.ts';
import type { Channel, Feature, Parts } from '../parts.ts';
import { planOf as declaredPlan } from '../quality/plan-of.ts';
import { createSharedAnswers } from '../quality/shared-answers.ts';
import { catalogueFacts } from './catalogue-facts.ts';
import { inTime } from './deadline.ts';
import { graphOf } from './graph.ts';
import { groupsOf } from './groups.ts';
import { connectKafka, REQUEST_TIMEOUT_MS } from './kafka-parts.ts';
import { leasesOf } from './leases.ts';
import { PipelineWatch } from './pipeline-watch.ts';
import { ServicesWatch } from './services-watch.ts';

/** What the status needs beside the parts that everybody has. */
export type StatusOptions = {
  /** Absent: no lags and no groups. */
  readonly brokers?: readonly string[] | undefined;
  /** Who the dashboard is to them. */
  readonly access?: KafkaAccess;
  /** Where services serve /readyz and /metrics. */
  readonly opsUrls?: readonly string[] | undefined;
  /** Finds the declaration of a pipeline; those in `pipelines/` when absent. */
  readonly planOf?: (pipeline: string) => Promise<PipelinePlan>;
};

/** Between two looks while somebody listens. */
const EVERY_MS = 2_000;
/** An answer is the same for everybody for so long: fifty pages that look again and again cost one question. */
const SHARED_MS = 1_000;
/** Pipelines that are watched at the same time; those that were not asked for longest are forgotten. */
const MAX_WATCHED = 50;

const TAGS = ['operator'];
const Params = Type.Object({ pipeline: StorableText(200, PIPELINE) });
type Params = Static<typeof Params>;

/**
 * How a pipeline is: its graph, the state of its tables and services, groups and leases; and the live channel `status`, whose
 * every look serves all listeners.
 *
 * @example createStatusFeature(parts, { brokers: config.KAFKA_BROKERS, opsUrls: config.OPS_URLS })
 */
export function createStatusFeature(parts: Parts, options: StatusOptions): Feature {
  const { reader, clock, log } = parts;
  const planOf = options.planOf ?? declaredPlan;
  const kafka = options.brokers === undefined ? null : connectKafka(options.brokers, options.access, log);
  const services = new ServicesWatch(options.opsUrls ?? [], clock);
  const answers = createSharedAnswers(clock);
  const watches = new Map<string, PipelineWatch>();

  const status = async (pipeline: string): Promise<Status> => {
    const watch = watches.get(pipeline) ?? new PipelineWatch(pipeline, { reader, clock, kafka, services, planOf });
    // Kept only once there is such a pipeline: names come from outside.
    const found = await watch.status();
    watches.delete(pipeline);
    watches.set(pipeline, watch);
    if (watches.size > MAX_WATCHED) watches.delete(watches.keys().next().value!);
    return found;
  };

  const groups = async (pipeline: string): Promise<Group[]> => {
    // A name that is no pipeline of the database is never looked up among files.
    await catalogueFacts(reader.query, pipeline);
    if (kafka === null) throw new MedallionError('MED_NOT_CONFIGURED', { settings: 'KAFKA_BROKERS' });
    const plan = await planOf(pipeline);
    return inTime(REQUEST_TIMEOUT_MS, groupsOf(kafka, plan), () => {
      throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: `no answer within ${REQUEST_TIMEOUT_MS / 1_000} s` });
    });
  };

  const channel: Channel = { name: 'status', when: 'clock', everyMs: EVERY_MS, onlyChanges: false, read: status };
  return {
    channels: [channel],
    routes(app) {
      const route = <T>(
        path: string,
        summary: string,
        response: Type.TSchema,
        answer: (pipeline: string) => Promise<T>,
      ) =>
        app.get<{ Params: Params }>(
          `/api/operator/:pipeline/${path}`,
          { schema: { tags: TAGS, summary, params: Params, response: { 200: response } } },
          async (request, reply) => {
            reply.header('cache-control', 'no-store');
            const { pipeline } = request.params;
            return answers.of(`${path} ${pipeline}`, SHARED_MS, () => answer(pipeline));
          },
        );
      route('graph', 'The pipeline as a graph', Graph, async (pipeline) =>
        graphOf(await catalogueFacts(reader.query, pipeline)),
      );
      route('status', 'How the tables and services of the pipeline are', Status, status);
      route('groups', 'Consumer groups: members, partitions and lags', Type.Array(Group), groups);
      route('leases', 'Who may commit to Postgres for which partition', Type.Array(Lease), async (pipeline) => {
        await catalogueFacts(reader.query, pipeline);
        return leasesOf(reader.query, pipeline, kafka?.log ?? null);
      });
    },
    async close() {
      await kafka?.close();
    },
  };
}
