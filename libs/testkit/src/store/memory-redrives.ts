import { MedallionError } from '@medallion/core';
import {
  type Chosen,
  type Claim,
  originalName,
  type QuarantinedRow,
  type QuarantinePlace,
  type RedriveStore,
  type Unsent,
} from '@medallion/runtime';
import type { MemoryDatabase } from './memory-database.ts';

type Numbered = { readonly id: number; readonly claim: Claim; sent: boolean };

/** What was decided about a quarantine in memory; all stores on it share it. */
export class MemoryRedrives {
  readonly #database: MemoryDatabase;
  readonly #numbered = new Map<string, Numbered>();
  #busy = false;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  /** A store about the rows that pass the test. */
  store(pipeline: string, where: (row: QuarantinedRow) => boolean = () => true): RedriveStore {
    return {
      exclusively: async (work) => {
        if (this.#busy) throw new MedallionError('MED_REDRIVE_BUSY', { pipeline });
        this.#busy = true;
        try {
          return await work();
        } finally {
          this.#busy = false;
        }
      },
      chosen: async (limit) =>
        this.#database.quarantined
          .filter(where)
          .slice(0, limit)
          .map((row) => this.#chosen(row)),
      unnumbered: async (claims) => claims.map((claim) => this.#unsent({ id: 0, claim, sent: false })),
      claim: async (claims) => this.#claim(claims),
      unsent: async (id, limit) =>
        [...this.#numbered.values()]
          .filter((each) => !each.sent && each.id > id)
          .slice(0, limit)
          .map((each) => this.#unsent(each)),
      sent: async (ids) => {
        for (const each of this.#numbered.values()) if (ids.includes(each.id)) each.sent = true;
      },
    };
  }

  #claim(claims: readonly Claim[]): number {
    const before = this.#numbered.size;
    for (const claim of claims) {
      const key = keyOf(claim.place);
      if (!this.#numbered.has(key)) this.#numbered.set(key, { id: this.#numbered.size + 1, claim, sent: false });
    }
    return this.#numbered.size - before;
  }

  #chosen(row: QuarantinedRow): Chosen {
    const place = placeOf(row);
    const element = row.headers['medallion.element'];
    return {
      ...place,
      outcome: row.outcome,
      violations: row.violations,
      hasValue: row.value !== null,
      redriven: this.#numbered.has(keyOf(place)),
      element: element === undefined || place.flow === originalName(place.flow) ? null : Number(element),
    };
  }

  #unsent({ id, claim: { place, element } }: Numbered): Unsent {
    const row = this.#database.quarantined.find((each) => keyOf(placeOf(each)) === keyOf(place));
    if (row?.value == null) throw new Error(`invariant violated: ${keyOf(place)} is not in quarantine`);
    const { flow, topic, partition, offset } = place;
    return {
      id,
      flow,
      at: { topic, partition, offset },
      element,
      key: row.key,
      value: row.value,
      headers: row.headers,
    };
  }
}

const placeOf = ({ table, topic, partition, offset, flow, index }: QuarantinedRow): QuarantinePlace => ({
  ...{ table, topic, partition, offset },
  flow: flow ?? '',
  index: index ?? 0,
});

const keyOf = ({ table, topic, partition, offset, flow, index }: QuarantinePlace): string =>
  `${table} ${topic}[${partition}]@${offset} ${flow} ${index}`;
