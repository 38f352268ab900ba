import { type FlowPlan, flowsOf, type PipelinePlan, subjectsOf, type TablePlan } from '@medallion/pipeline';
import { backfillsTopicOf } from '../backfill/backfill-log.ts';
import { groupOf } from '../gold/idleness.ts';
import { decisionsTopicOf } from '../protocol/decisions.ts';
import { erasuresTopicOf } from '../protocol/erasure.ts';
import { stopsTopicOf } from '../protocol/stop-notes.ts';
import { redrivenFlowsOf } from '../redrive/redriven-flow.ts';
import { refreshesTopicOf } from '../refresh/refreshes.ts';
import { runsTopicOf } from '../runs/run-marks.ts';
import { inputTopicOf } from '../topics.ts';
import { GrantList } from './grant-list.ts';
import type { Grant, GrantOptions, ServiceName } from './grants.ts';

/**
 * What each service may do in Kafka to run a pipeline, and nothing beyond: which topics it reads and writes, which groups it is
 * in. Every service of the engine asks where topics end and how far groups are, of which it reads no record.
 *
 * With `make` the services may create the topics of the pipeline themselves; else only the migrator may.
 *
 * @example rightsOf(plan, { make: false }).get('silver-enrich')
 */
export function rightsOf(plan: PipelinePlan, { make }: GrantOptions): ReadonlyMap<ServiceName, readonly Grant[]> {
  const topics = topicsOf(plan);
  const groups = groupsOf(plan);
  const rights = new Map<ServiceName, GrantList>();
  const of = (service: ServiceName): GrantList => {
    const found = rights.get(service) ?? new GrantList();
    rights.set(service, found);
    return found;
  };

  for (const service of ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const) {
    const list = of(service);
    for (const topic of [...topics.external, ...topics.made]) list.topic(topic, 'describe');
    for (const group of groups) list.group(group, 'describe');
    list.topic(topics.refreshes, 'read');
    // Whoever stops says so, and reads whether it said so before.
    list.topic(topics.stops, 'read', 'write', 'describe_configs');
    if (make) list.topic(topics.stops, 'create');
    if (topics.erasures !== null) list.topic(topics.erasures, 'read');
    if (topics.runs !== null) list.topic(topics.runs, 'read', 'write', 'describe_configs');
    if (make) for (const topic of [...topics.made, topics.runs]) if (topic !== null) list.topic(topic, 'create');
  }
  for (const table of plan.tables) {
    for (const flow of flowsOf(table)) grantFlow(of(serviceOf(flow)), plan, table, flow, make);
    const gold = of('gold-aggregate');
    for (const topic of ownTopics(table)) gold.topic(topic, 'read');
  }
  of('gold-aggregate').group(groupOf(plan, 'gold'), 'read');

  const generator = of('generator');
  for (const topic of topics.external) {
    generator.topic(topic, 'write', 'describe', 'describe_configs');
    if (make) generator.topic(topic, 'create');
  }

  // It looks at everything, and has rows of a quarantine processed again.
  const dashboard = of('dashboard');
  for (const topic of [...topics.external, ...topics.made, ...topics.beside]) dashboard.topic(topic, 'read');
  dashboard.topic(topics.stops, 'read');
  for (const topic of topics.redrives) dashboard.topic(topic, 'write', 'create', 'describe_configs');
  for (const group of groups) dashboard.group(group, 'describe');

  const migrator = of('migrator');
  for (const topic of topics.external) migrator.topic(topic, 'describe');
  for (const topic of topics.all) migrator.topic(topic, 'describe', 'create', 'describe_configs');
  migrator.topic(topics.refreshes, 'read');

  // The command of people: decisions, redrives, backfills, rebuilds, erasures.
  const operator = of('operator');
  for (const topic of topics.external) operator.topic(topic, 'read');
  for (const topic of topics.all)
    operator.topic(topic, 'read', 'write', 'create', 'alter', 'delete', 'describe', 'describe_configs');
  for (const group of groups) operator.group(group, 'describe', 'delete');

  return new Map([...rights].map(([service, list]) => [service, list.grants()]));
}

/** What one flow, and those beside it, need of their service. */
function grantFlow(list: GrantList, plan: PipelinePlan, table: TablePlan, flow: FlowPlan, make: boolean): void {
  const input = inputTopicOf(plan, flow);
  list.topic(input, 'read');
  // Who reads files keeps a log of those that it found.
  if (flow.source.kind === 'files' || flow.source.kind === 'snapshot') list.topic(input, 'write', 'describe_configs');
  for (const topic of ownTopics(table)) list.topic(topic, 'read', 'write', 'describe_configs');
  for (const topic of joinedTopics(plan, flow)) list.topic(topic, 'read');
  list.topic(decisionsTopicOf(plan.name), 'read');
  if (make) list.topic(decisionsTopicOf(plan.name), 'create');
  list.group(groupOf(plan, flow.name), 'read');
  for (const beside of redrivenFlowsOf(plan, table).filter(({ original }) => original.name === flow.name)) {
    list.topic(beside.topic, 'read');
    list.group(groupOf(plan, beside.flow.name), 'read');
  }
}

/** bronze-ingest runs what reads the world outside, silver-enrich what reads tables of the engine. */
const serviceOf = ({ source }: FlowPlan): ServiceName => (source.kind === 'table' ? 'silver-enrich' : 'bronze-ingest');

/** The topics that the flows of a table write. */
function ownTopics(table: TablePlan): readonly string[] {
  if (table.kind === 'streaming_table') return [table.topic, table.quarantineTopic];
  return table.kind === 'keyed_table' ? [table.changelogTopic, table.quarantineTopic] : [];
}

const joinedTopics = (plan: PipelinePlan, { steps }: FlowPlan): readonly string[] => {
  const names = new Set(steps.flatMap((step) => (step.kind === 'join' ? [step.table] : [])));
  return plan.tables.flatMap((table) =>
    table.kind === 'keyed_table' && names.has(table.name) ? [table.changelogTopic] : [],
  );
};

/** Every topic of a pipeline, by who makes it. */
function topicsOf(plan: PipelinePlan) {
  const flows = plan.tables.flatMap(flowsOf);
  const beside = plan.tables.flatMap((table) => redrivenFlowsOf(plan, table)).map(({ topic }) => topic);
  const logs = flows.flatMap(({ source }) =>
    source.kind === 'files' || source.kind === 'snapshot' ? [source.filesTopic] : [],
  );
  const made = [...new Set([...plan.tables.flatMap(ownTopics), ...logs])];
  const refreshes = refreshesTopicOf(plan.name);
  const erasures = subjectsOf(plan).length === 0 ? null : erasuresTopicOf(plan.name);
  const runs = plan.mode === 'triggered' ? runsTopicOf(plan.name) : null;
  const stops = stopsTopicOf(plan.name);
  const control = [refreshes, decisionsTopicOf(plan.name), backfillsTopicOf(plan.name), erasures, runs, stops];
  return {
    /** Of the world outside. */
    external: [...new Set(flows.flatMap(({ source }) => (source.kind === 'topic' ? [source.topic] : [])))],
    /** Those that a start makes. */
    made,
    beside,
    redrives: beside.filter((topic) => topic.endsWith('.redrive')),
    refreshes,
    erasures,
    runs,
    stops,
    /** All that are the pipeline's own. */
    all: [...made, ...beside, ...control.filter((topic) => topic !== null)],
  };
}

const groupsOf = (plan: PipelinePlan): readonly string[] => [
  ...plan.tables.flatMap((table) => [
    ...flowsOf(table).map(({ name }) => groupOf(plan, name)),
    ...redrivenFlowsOf(plan, table).map(({ flow }) => groupOf(plan, flow.name)),
  ]),
  groupOf(plan, 'gold'),
];
