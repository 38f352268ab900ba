import { isMedallionError, type Log, type MedallionError, messageOf, silentLog } from '@medallion/core';
import type { TopicPartition } from '@medallion/runtime';

/** The record at which a flow stopped. */
export type StoppedAt = TopicPartition & { readonly offset: number };

/** In memory nothing passes by waiting: a flow that fails so often would fail for ever. */
const MAX_RESTARTS = 20;

/** Which flows have stopped, and where: learnt from what a service would log, which goes on to `log`. */
export class StoppedFlows {
  readonly #to: Log;
  readonly #errors = new Map<string, MedallionError>();
  readonly #restarts = new Map<string, number>();
  #hopeless: Error | null = null;

  constructor(to: Log = silentLog) {
    this.#to = to;
  }

  /** A log that keeps nothing but the errors that stopped flows, and counts how often they were started again. */
  readonly log: Log = {
    debug: (fields, message) => this.#to.debug(fields, message),
    info: (fields, message) => this.#to.info(fields, message),
    warn: (fields, message) => {
      this.#to.warn(fields, message);
      const { flow, err, reason } = fields as Readonly<Record<string, unknown>>;
      if (typeof flow !== 'string' || (err ?? reason) === undefined) return;
      const restarts = (this.#restarts.get(flow) ?? 0) + 1;
      this.#restarts.set(flow, restarts);
      if (restarts > MAX_RESTARTS)
        this.#hopeless ??= new Error(
          `the flow "${flow}" failed ${restarts} times: ${typeof reason === 'string' ? reason : messageOf(err)}`,
          {
            cause: err,
          },
        );
    },
    error: (fields, message) => {
      this.#to.error(fields, message);
      const { flow, err } = fields as { readonly flow?: unknown; readonly err?: unknown };
      if (typeof flow === 'string' && isMedallionError(err)) this.#errors.set(flow, err);
    },
  };

  /** @throws when a flow has failed too often to be started again. */
  giveUp(): void {
    if (this.#hopeless !== null) throw this.#hopeless;
  }

  clear(): void {
    this.#errors.clear();
    this.#restarts.clear();
    this.#hopeless = null;
  }

  /** The record at which a flow stopped; null where it was stopped by something else than a record. */
  placeOf(flow: string): StoppedAt | null {
    const error = this.#errors.get(flow);
    const stopped = [...this.#errors.keys()].join(', ');
    if (error === undefined)
      throw new RangeError(`the flow "${flow}" has not stopped; stopped have: ${stopped === '' ? 'none' : stopped}`);
    const { topic, partition, offset } = error.details as Partial<StoppedAt>;
    return topic === undefined || partition === undefined || offset === undefined ? null : { topic, partition, offset };
  }
}
