import { assertNever } from '@medallion/core';
import { durationText } from './duration-text.ts';
import type {
  EventTimePlan,
  FileFormat,
  FlowPlan,
  JoinPlan,
  PipelinePlan,
  RulePlan,
  SourcePlan,
  StepPlan,
} from './plan.ts';

/**
 * The flows of a table, each from its source on; steps that all of them share are shown once, after them. Steps of views
 * are shown with the view.
 */
export function describeFlows(flows: readonly FlowPlan[], plan: PipelinePlan): readonly string[] {
  const [first] = flows;
  if (flows.length === 1 && first?.name.includes('.') !== true)
    return flows.flatMap((flow) => describeFlow(flow, ownSteps(flow, plan)));
  const shared = sharedSteps(flows);
  return [
    ...flows.flatMap((flow) => [
      `  flow        ${flow.name}${flow.once ? ', once' : ''}`,
      ...describeFlow(flow, ownSteps(flow, plan).slice(0, -shared.length || undefined)),
    ]),
    ...(shared.length === 0 ? [] : ['  all flows', ...shared.flatMap(describeStep)]),
  ];
}

const describeFlow = (flow: FlowPlan, steps: readonly StepPlan[]): readonly string[] => [
  `  from        ${sourceText(flow.source)}${flow.views.length === 0 ? '' : ` through ${flow.views.join(', ')}`}`,
  ...steps.flatMap(describeStep),
];

/** The steps of a flow without those of its views. */
function ownSteps({ views, steps }: FlowPlan, { tables }: PipelinePlan): readonly StepPlan[] {
  const taken = tables.flatMap((t) => (t.kind === 'view' && views.includes(t.name) ? t.steps : []));
  return steps.slice(taken.length);
}

/** The steps that end all flows: the table's own, which its flows share. */
function sharedSteps([first, ...others]: readonly FlowPlan[]): readonly StepPlan[] {
  const shared: StepPlan[] = [];
  for (let i = 1; first !== undefined && i <= first.steps.length; i++) {
    const step = first.steps.at(-i)!;
    if (others.some(({ steps }) => steps.at(-i) !== step)) break;
    shared.unshift(step);
  }
  return shared;
}

function sourceText(source: SourcePlan): string {
  switch (source.kind) {
    case 'topic':
      return `topic ${source.topic} (${source.format}, key ${source.key}${source.raw === true ? ', raw' : ''})`;
    case 'table':
      return source.table;
    case 'files':
      return `files ${source.path}/${source.pattern} (${formatText(source.format)}, key ${source.key}, ${source.partitions} partitions${source.readers > 1 ? `, ${source.readers} readers` : ''}, other columns: ${source.evolution.replaceAll('_', ' ')}${source.raw === true ? ', raw' : ''})`;
    case 'snapshot':
      return `snapshot ${source.path}/${source.pattern} (${formatText(source.format)})`;
    default:
      return assertNever(source, 'source');
  }
}

function formatText(format: FileFormat): string {
  switch (format.kind) {
    case 'json_lines':
      return 'json lines';
    case 'csv':
      return format.delimiter === ',' ? 'csv' : `csv by ${JSON.stringify(format.delimiter)}`;
    case 'json':
    case 'parquet':
      return format.kind;
    default:
      return assertNever(format, 'file format');
  }
}

/** One step, a line for each rule. */
export function describeStep(step: StepPlan): readonly string[] {
  switch (step.kind) {
    case 'judge':
      return step.expectations.map(ruleText);
    case 'event_time':
      return [`  event time  ${watermarkText(step)}, at most ${durationText(step.maxFutureSkewMs)} ahead of ingestion`];
    case 'dedupe':
      return [
        step.rule === undefined
          ? `  dedupe      by ${step.by} within ${durationText(step.withinMs)}`
          : ruleText(step.rule),
      ];
    case 'derive':
      return [`  derive      ${step.columns.map((c) => c.field.name).join(', ')}`];
    case 'omit':
      return [`  omit        ${step.columns.join(', ')}`];
    case 'where':
      return [`  where       ${step.text}`];
    case 'explode': {
      const columns = step.fields.map(({ from, field }) => pairText(from, field.name)).join(', ');
      return [
        `  explode     ${step.column} into ${columns}${step.position === null ? '' : `, counted by ${step.position}`}`,
      ];
    }
    case 'join':
      return [joinText(step)];
    default:
      return assertNever(step, 'step');
  }
}

function ruleText({ name, text, action, threshold }: RulePlan): string {
  const stop =
    threshold === undefined
      ? ''
      : `; stops when more than ${threshold.moreThan * 100} % of ${durationText(threshold.ofMs)} break it`;
  return `  expect      ${name}: ${text}, or ${action}${stop}`;
}

function joinText({ type, table, mode, on, columns }: JoinPlan): string {
  const when = mode === 'as_of' ? 'as of the event time' : 'latest';
  const taken = columns.map(({ from, field }) => pairText(from, field.name)).join(', ');
  return `  ${`${type} join`.padEnd(10)}  ${table} (${when}) on ${on.join(', ')}, taking ${taken}`;
}

/** `name as customer_name`. */
export const pairText = (from: string, to: string): string => (from === to ? to : `${from} as ${to}`);

export const watermarkText = (e: EventTimePlan): string =>
  `${e.column}, watermark ${durationText(e.watermarkDelayMs)} behind${
    e.closeWhenSilentMs === undefined
      ? ''
      : `, closed by the clock ${durationText(e.closeWhenSilentMs)} behind when silent`
  }`;
