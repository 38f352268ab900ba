import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import type { Appender, RecordLog } from '../ports/index.ts';
import { classify } from './classify.ts';
import { ensureOwnTopic } from './own-topic.ts';
import { toRedriveRecord } from './redrive-record.ts';
import type { Chosen, Claim, RedriveStore, Unsent } from './redrive-store.ts';
import { originalName, type RedrivenFlow, redrivenFlow } from './redriven-flow.ts';

/** Rows of the quarantine that one redrive looks at. */
export const MAX_CHOSEN = 100_000;
/** Records that are in memory at once. */
const PAGE = 200;

/** What a redrive did, or (`dryRun`) would do. */
export type Redriven = {
  readonly dryRun: boolean;
  /** Rows of the quarantine that it was about. */
  readonly chosen: number;
  /** Whether there are more of them than one redrive takes. */
  readonly more: boolean;
  /** Those that are processed again, by the flow that refused them. */
  readonly flows: readonly { readonly flow: string; readonly topic: string; readonly records: number }[];
  /** Those that are not, by why. */
  readonly left: readonly { readonly why: string; readonly records: number }[];
  /** Records that went to their topics, those included that an earlier redrive left behind. */
  readonly sent: number;
};

/**
 * Has rows of the quarantine processed again by the flows that refused them (SPEC R1 to R6): numbers them in one
 * transaction, then appends them in the order of their numbers. Doing it again, also after a crash at any point, changes
 * nothing more. Where `signal` ends it early, it says that there is more; what is numbered by then, the next one sends.
 *
 * @throws MED_REDRIVE_BUSY, MED_TOPIC_MISSING, MED_APPEND_FAILED
 */
export async function redrive(
  log: RecordLog,
  plan: PipelinePlan,
  store: RedriveStore,
  { by, dryRun = false, signal }: { readonly by: string; readonly dryRun?: boolean; readonly signal?: AbortSignal },
): Promise<Redriven> {
  if (dryRun) return { ...(await look(plan, store)).report, dryRun, sent: 0 };
  return store.exclusively(async () => {
    const { report, claims } = await look(plan, store);
    await store.claim(claims, by);
    const { sent, all } = await send(log, plan, store, signal);
    return { ...report, more: report.more || !all, dryRun, sent };
  });
}

/** The rows of the quarantine that a redrive would be about. */
export type Chose = { readonly chosen: readonly Chosen[]; readonly claims: readonly Claim[] };

/** Which rows would be processed again, as a redrive chooses them. */
export async function choose(plan: PipelinePlan, store: RedriveStore): Promise<Chose> {
  const { claims, chosen } = await look(plan, store);
  return { claims, chosen };
}

/** The rows that a redrive is about, those that it would send, and what it would say of them. */
export type Look = {
  readonly chosen: readonly Chosen[];
  readonly report: Omit<Redriven, 'dryRun' | 'sent'>;
  readonly claims: readonly Claim[];
};

/** Looks at what is in quarantine, once. */
export async function look(plan: PipelinePlan, store: RedriveStore): Promise<Look> {
  const found = await store.chosen(MAX_CHOSEN + 1);
  const chosen = found.slice(0, MAX_CHOSEN);
  const claims: Claim[] = [];
  const flows = new Map<string, { flow: string; topic: string; records: number }>();
  const left = new Map<string, number>();
  for (const row of chosen) {
    const verdict = classify(plan, row);
    if ('not' in verdict) {
      left.set(verdict.not, (left.get(verdict.not) ?? 0) + 1);
      continue;
    }
    const { table, topic, partition, offset, flow, index } = row;
    claims.push({ place: { table, topic, partition, offset, flow, index }, element: verdict.element });
    const of = verdict.flow.original.name;
    const counted = flows.get(of) ?? { flow: of, topic: verdict.flow.topic, records: 0 };
    flows.set(of, { ...counted, records: counted.records + 1 });
  }
  return {
    chosen,
    claims,
    report: {
      chosen: chosen.length,
      more: found.length > MAX_CHOSEN,
      flows: [...flows.values()],
      left: [...left].map(([why, records]) => ({ why, records })),
    },
  };
}

/** Appends everything that is numbered and not known to be sent: also what an earlier redrive did not get to (R3). */
async function send(
  log: RecordLog,
  plan: PipelinePlan,
  store: RedriveStore,
  signal?: AbortSignal,
): Promise<{ readonly sent: number; readonly all: boolean }> {
  const targets = new Map<string, RedrivenFlow | null>();
  let appender: Appender | null = null;
  let sent = 0;
  try {
    for (let after = 0; ; ) {
      const page = await store.unsent(after, PAGE);
      if (page.length === 0) return { sent, all: true };
      if (signal?.aborted) return { sent, all: false };
      after = page.at(-1)!.id;
      for (const { flow } of page)
        if (!targets.has(originalName(flow)))
          targets.set(originalName(flow), await prepared(log, plan, originalName(flow)));
      const known = page.filter(({ flow }) => targets.get(originalName(flow)) !== null);
      if (known.length === 0) continue;
      appender ??= await log.appender();
      await appender.append(batches(known, targets));
      await store.sent(known.map(({ id }) => id));
      sent += known.length;
    }
  } finally {
    await appender?.close();
  }
}

function batches(page: readonly Unsent[], targets: ReadonlyMap<string, RedrivenFlow | null>) {
  const grouped = Map.groupBy(page, ({ flow, at }) => `${originalName(flow)}:${at.partition}`);
  return [...grouped.values()].map((unsent) => ({
    topic: targets.get(originalName(unsent[0]!.flow))!.topic,
    partition: unsent[0]!.at.partition,
    records: unsent.map(toRedriveRecord),
  }));
}

/** The flow with its topic; null when it is not declared any more. */
async function prepared(log: RecordLog, plan: PipelinePlan, name: string): Promise<RedrivenFlow | null> {
  const original = plan.tables.flatMap(flowsOf).find((flow) => flow.name === name);
  const target = original === undefined ? null : redrivenFlow(plan, original);
  if (target !== null) await ensureOwnTopic(log, plan, target);
  return target;
}
