import { isMedallionError, type Log, type MedallionError, silentLog } from '@medallion/core';
import type { TopicPartition } from '@medallion/runtime';

/** The record at which a flow stopped. */
export type StoppedAt = TopicPartition & { readonly offset: number };

/** Which flows have stopped, and where: learnt from what a service would log. */
export class StoppedFlows {
  readonly #errors = new Map<string, MedallionError>();

  /** A log that keeps nothing but the errors that stopped flows. */
  readonly log: Log = {
    ...silentLog,
    error: (fields) => {
      const { flow, err } = fields as { readonly flow?: unknown; readonly err?: unknown };
      if (typeof flow === 'string' && isMedallionError(err)) this.#errors.set(flow, err);
    },
  };

  clear(): void {
    this.#errors.clear();
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
