import type { FlowMetrics, Metrics } from '@medallion/core';
import { expectationsIn, type FlowPlan, flowsOf, type PipelinePlan, type TablePlan } from '@medallion/pipeline';
import type { Outcome } from './ports/index.ts';

/**
 * Why a flow may put records in quarantine, as its plan says. A counter that first appears with its first record has no
 * increase for an alert to see, so each of these is exported from the start, at 0.
 */
export function declaredReasons(table: TablePlan, { source, steps }: FlowPlan): readonly Outcome[] {
  const reasons = new Set<Outcome>(['derive_failed']);
  if (source.kind === 'table') reasons.add('foreign').add('undecodable');
  else reasons.add('unparseable');
  if (source.kind === 'topic' && source.format === 'avro') reasons.add('undecodable');
  // A keyed table refuses changes without a key or sequence, whatever it declares.
  if (table.kind === 'keyed_table') reasons.add('violation');
  for (const step of steps) {
    const rules = step.kind === 'judge' ? step.expectations : step.kind === 'dedupe' ? [step.rule] : [];
    if (rules.some((rule) => rule?.action === 'quarantine' || rule?.action === 'fail')) reasons.add('violation');
    if (step.kind === 'dedupe' && step.rule === undefined) reasons.add('duplicate');
    if (step.kind === 'event_time') reasons.add('future');
  }
  return [...reasons];
}

/** Exports what a flow may count, at 0. */
export function declareFlow(metrics: FlowMetrics, table: TablePlan, flow: FlowPlan): void {
  for (const reason of declaredReasons(table, flow)) metrics.quarantined(reason, 0);
  for (const { name } of expectationsIn(flow)) metrics.expectation(name, 'passed', 0);
}

/** Exports what the gold layer may count of the tables whose topics it reads, at 0. */
export function declareGold(metrics: Metrics, plan: PipelinePlan): void {
  for (const table of plan.tables) {
    const flows = flowsOf(table);
    if (flows.length === 0) continue;
    const of = metrics.flow({ pipeline: plan.name, table: table.name });
    for (const reason of ['foreign', 'undecodable', 'unstorable'] as const) of.quarantined(reason, 0);
    for (const flow of flows) for (const reason of declaredReasons(table, flow)) of.quarantined(reason, 0);
  }
}
