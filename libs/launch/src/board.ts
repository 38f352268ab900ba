import type { Instant } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { Rate } from '@medallion/service';
import type { Child } from './child.ts';
import { DASHBOARD, SERVICES } from './fleet.ts';
import type { GoldFacts } from './gold-facts.ts';
import type { OpsReport } from './ops-client.ts';
import { problemsOf } from './problems.ts';
import type { HelpView, ProblemView, StageState, StageView, View } from './view/model.ts';
import { type StageNumbers, stageNumbers } from './view/stage-numbers.ts';
import { FIRST_ROW, plannedSteps, type Steps, stepBegun, stepDone, stepsAt } from './view/steps.ts';

/** What happened stays on show for so long, and until so many newer things have. */
const NEWS_MS = 120_000;
const MAX_NOTES = 20;

const UNKNOWN = { inPerSecond: null, outPerSecond: null, lagRecords: null, lagSeconds: null, watermark: null };

type Seen = { report: OpsReport | null; numbers: StageNumbers | null; in: Rate; out: Rate };

/** Everything that was learnt so far, and the view of it. It knows no clock: the caller says when it is. */
export class Board {
  phase: View['phase'] = 'starting';
  steps: Steps;
  help: HelpView | null = null;
  children: readonly Child[] = [];
  gold: GoldFacts | null = null;
  /** Whether there is something to look at in the dashboard; and what there is to say of it. */
  pageIsBuilt = false;
  pageNote = '';
  /** What is wrong with the view's own source. */
  storeProblem: ProblemView | null = null;
  /** Parts of the stack that ended unasked. */
  readonly lostParts = new Map<string, ProblemView>();
  readonly #pipeline: string;
  readonly #notes: { at: Instant; text: string }[] = [];
  readonly #seen = new Map<string, Seen>();
  readonly #sent = new Rate();

  constructor(pipeline: string, processes: readonly string[]) {
    this.#pipeline = pipeline;
    this.steps = plannedSteps(processes);
    for (const name of [...SERVICES.map((each) => each.name), DASHBOARD])
      this.#seen.set(name, { report: null, numbers: null, in: new Rate(), out: new Rate() });
  }

  note(at: Instant, text: string): void {
    this.#notes.push({ at, text });
    if (this.#notes.length > MAX_NOTES) this.#notes.shift();
  }

  /** What a service has answered, `ms` after the start. */
  observe(name: string, report: OpsReport | null, plan: PipelinePlan, ms: number): void {
    const seen = this.#seen.get(name);
    if (seen === undefined) return;
    seen.report = report;
    if (report === null) return;
    const layer = SERVICES.find((each) => each.name === name)?.layer;
    if (layer === undefined) {
      // Pages that are not built yet are no pages.
      if (report.ready && this.pageIsBuilt) this.steps = stepDone(this.steps, DASHBOARD, ms, this.pageNote);
      return;
    }
    const numbers = stageNumbers(report.samples, plan, layer);
    seen.numbers = numbers;
    seen.in.add(ms, numbers.recordsIn);
    seen.out.add(ms, numbers.recordsOut);
    // What was sent is what the first service has read and what still lies before it.
    if (layer === 'bronze') this.#sent.add(ms, numbers.recordsIn + (numbers.lagRecords ?? 0));
    this.steps = report.ready ? stepDone(this.steps, name, ms) : stepBegun(this.steps, name, ms, 'starting');
  }

  /** Whether all services have once been ready. */
  get allReady(): boolean {
    return this.steps.every(({ name, state }) => name === FIRST_ROW || name === DASHBOARD || state === 'done');
  }

  view(now: Instant, ms: number): View {
    const reports = [...this.#seen].map(([name, { report }]) => ({ name, failed: report?.failed ?? [] }));
    const gold = this.gold;
    return {
      pipeline: this.#pipeline,
      now,
      ms,
      phase: this.phase,
      steps: stepsAt(this.steps, ms),
      stages: this.children.map((child) => this.#stage(child, gold)),
      rules: gold?.rules ?? [],
      refused: gold?.refused ?? [],
      gold: gold?.gold ?? [],
      finalThrough: gold?.finalThrough ?? null,
      problems: [
        ...this.lostParts.values(),
        ...(this.storeProblem === null ? [] : [this.storeProblem]),
        ...(this.phase === 'stopping' ? [] : problemsOf(reports, now)),
      ],
      notes: this.#notes.filter(({ at }) => now - at < NEWS_MS),
      help: this.help,
    };
  }

  #stage(child: Child, gold: GoldFacts | null): StageView {
    const seen = this.#seen.get(child.name);
    const common = { name: child.name, state: stateOf(child, seen), restarts: child.restarts };
    if (seen === undefined) return { ...common, ...UNKNOWN, outPerSecond: this.#sent.perSecond };
    // Of a process that does not answer nothing is known; what it said before would look like the present.
    if (seen.report === null) return { ...common, ...UNKNOWN };
    const { numbers } = seen;
    const isGold = SERVICES.at(-1)?.name === child.name;
    return {
      ...common,
      inPerSecond: seen.in.perSecond,
      outPerSecond: seen.out.perSecond,
      lagRecords: numbers?.lagRecords ?? null,
      lagSeconds: numbers?.lagSeconds ?? null,
      // The gold tables' own says up to when windows are final; partitions that are idle do not hold it back.
      watermark: (isGold ? gold?.finalThrough : null) ?? numbers?.watermark ?? null,
    };
  }
}

function stateOf(child: Child, seen: Seen | undefined): StageState {
  switch (child.state) {
    case 'idle':
      return 'waiting';
    case 'paused':
      return 'restarting';
    case 'running':
      if (seen === undefined || seen.report?.ready === true) return 'ready';
      return seen.report === null ? 'starting' : 'not ready';
    default:
      return child.state;
  }
}
