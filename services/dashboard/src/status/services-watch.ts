import { type Clock, errors } from '@medallion/core';
import { maskCredentials, Rate, type Sample } from '@medallion/service';
import type { ServiceStatus, Trouble } from '../contract/index.ts';
import { shared } from './deadline.ts';
import { askService, type OpsAnswer, type OpsCheck } from './ops-answer.ts';
import type { StoppedFlow } from './stopped-flows.ts';

/** What the services say of one pipeline. */
export type ServicesLook = {
  readonly services: readonly ServiceStatus[];
  readonly stopped: readonly StoppedFlow[];
};

/** Services are asked no more often, however many pipelines and pages want to know. */
const LEAST_MS = 1_500;

type Seen = { readonly url: string; name: string | null; answer: OpsAnswer | null; readonly rates: Map<string, Rate> };

/** Everything that the services serve at these addresses, asked when somebody wants to know. */
export class ServicesWatch {
  readonly #seen: readonly Seen[];
  readonly #clock: Clock;
  readonly #ask: (url: string) => Promise<OpsAnswer | null>;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    urls: readonly string[],
    clock: Clock,
    ask: (url: string) => Promise<OpsAnswer | null> = (url) => askService(url),
  ) {
    this.#seen = [...new Set(urls)].map((url) => ({ url, name: null, answer: null, rates: new Map() }));
    this.#clock = clock;
    this.#ask = ask;
  }

  /** What they say now, or said a moment ago. */
  async look(pipeline: string): Promise<ServicesLook> {
    if (this.#clock.now() - this.#askedAt >= LEAST_MS) await this.#askAll();
    const about = this.#seen.filter(({ answer }) => answer === null || concerns(answer, pipeline));
    return {
      services: about.map((seen) => statusOf(seen, pipeline)),
      stopped: about.flatMap(({ answer }) => (answer === null ? [] : stoppedIn(answer, pipeline))),
    };
  }

  readonly #askAll = shared(async (): Promise<void> => {
    await Promise.all(this.#seen.map((seen) => this.#askOne(seen)));
    this.#askedAt = this.#clock.now();
  });

  async #askOne(seen: Seen): Promise<void> {
    const answer = await this.#ask(seen.url);
    seen.answer = answer;
    if (answer === null) {
      seen.rates.clear();
      return;
    }
    seen.name = answer.samples.find(({ name }) => name === 'medallion_build_info')?.labels.service ?? seen.name;
    const now = this.#clock.now();
    for (const [pipeline, total] of readTotals(answer.samples)) {
      const rate = seen.rates.get(pipeline) ?? new Rate();
      rate.add(now, total);
      seen.rates.set(pipeline, rate);
    }
  }
}

/** Records that a service has read since it started, by pipeline. */
function readTotals(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { name, labels, value } of samples)
    if (name === 'medallion_records_in_total' && labels.pipeline !== undefined && Number.isFinite(value))
      totals.set(labels.pipeline, (totals.get(labels.pipeline) ?? 0) + value);
  return totals;
}

/** Whether a service has to do with a pipeline: it runs flows of it, or none at all. */
const concerns = ({ checks, samples }: OpsAnswer, pipeline: string): boolean => {
  const own = checks.filter(({ name }) => name.includes('.'));
  return (
    own.length === 0 ||
    own.some(({ name }) => isOf(name, pipeline)) ||
    samples.some(({ labels }) => labels.pipeline === pipeline)
  );
};

const isOf = (check: string, pipeline: string): boolean => check.startsWith(`${pipeline}.`);

function statusOf({ url, name, answer, rates }: Seen, pipeline: string): ServiceStatus {
  const shown = maskCredentials(url);
  const service = name ?? shown;
  if (answer === null) {
    const trouble: Trouble = {
      severity: 'error',
      subject: service,
      code: null,
      message: `${shown} does not answer`,
      remedy: 'is the service running, and is its address in OPS_URLS the one that it logs at its start?',
    };
    return { service, url: shown, state: 'unreachable', troubles: [trouble], recordsPerSecond: null };
  }
  const failed = answer.checks.filter(
    (check) => !check.ok && (!check.name.includes('.') || isOf(check.name, pipeline)),
  );
  return {
    service,
    url: shown,
    state: answer.state === 'failed' || (answer.state === 'ready' && failed.length > 0) ? 'failing' : answer.state,
    troubles: failed.map((check) => troubleOf(check, service)),
    recordsPerSecond: rates.get(pipeline)?.perSecond ?? null,
  };
}

/** What a failed check says, as a person should know it. */
export const troubleOf = ({ name, code, message, remedy }: OpsCheck, service: string): Trouble => ({
  severity: 'error',
  subject: name || service,
  code,
  message,
  remedy,
});

/** Whether an error waits for a person: the service does not try again by itself. */
const needsPerson = (code: string | null): code is keyof typeof errors =>
  code !== null && Object.hasOwn(errors, code) && !errors[code as keyof typeof errors].retryable;

const stoppedIn = ({ checks }: OpsAnswer, pipeline: string): readonly StoppedFlow[] =>
  checks.flatMap((check) => {
    if (check.ok || !isOf(check.name, pipeline) || !needsPerson(check.code)) return [];
    const { name, code, message, remedy } = check;
    return [{ flow: name.slice(pipeline.length + 1), code, message, remedy }];
  });
