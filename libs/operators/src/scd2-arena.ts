import type { Sequence } from './scd-order.ts';
import type { TrackedChange } from './scd2.ts';

/** No change. */
export const NONE = -1;

const PAGE_BYTES = 1 << 20;
/** Addresses are page × this + place in the page; so a change takes less than 16 MiB. */
const PAGE_STRIDE = 2 ** 24;

/** Places of the parts of a change. Of a delete, CONTENT is when it was made. */
const OLDER = 0;
const SEQUENCE = 8;
const CONTENT = 16;
const TRACKED = 24;
const FLAGS = 32;
const ROW_BYTES = 33;
const TEXT_BYTES = 37;
const FIXED_BYTES = 41;

const DELETED = 1;
const TEXT = 2;

/** A change where it is kept. */
export type KnownChange = TrackedChange & { readonly address: number };

type Page = { readonly bytes: Uint8Array; readonly view: DataView };

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING = new Uint8Array(0);

/**
 * Changes as bytes, one behind the other in pages: no object and no pointer of the heap for each, 41 bytes beside its row.
 * The few that are replaced or forgotten leave their bytes behind until the state is rebuilt.
 */
export class Arena {
  readonly #pages: Page[] = [];
  #used = PAGE_BYTES;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a change; of a delete, when it was made. Nothing is older than it yet. */
  add(change: TrackedChange & { readonly row: Uint8Array | null }, madeAt: number): KnownChange {
    const { sequence, deleted, content, tracked } = change;
    const row = change.row ?? NOTHING;
    const text = typeof sequence === 'string' ? encoder.encode(sequence) : NOTHING;
    const length = FIXED_BYTES + row.length + text.length;
    const address = this.#allocate(length);
    const { bytes, view } = this.#page(address);
    const at = address % PAGE_STRIDE;
    view.setFloat64(at + OLDER, NONE);
    view.setFloat64(at + SEQUENCE, typeof sequence === 'string' ? 0 : sequence);
    view.setFloat64(at + CONTENT, deleted ? madeAt : content);
    view.setFloat64(at + TRACKED, tracked);
    bytes[at + FLAGS] = (deleted ? DELETED : 0) | (typeof sequence === 'string' ? TEXT : 0);
    view.setUint32(at + ROW_BYTES, row.length);
    view.setUint32(at + TEXT_BYTES, text.length);
    bytes.set(row, at + FIXED_BYTES);
    bytes.set(text, at + FIXED_BYTES + row.length);
    return { address, sequence, deleted, content, tracked };
  }

  /** Gives back the change that was added last. */
  drop({ address }: KnownChange): void {
    const { view } = this.#page(address);
    const at = address % PAGE_STRIDE;
    this.#bytes -= FIXED_BYTES + view.getUint32(at + ROW_BYTES) + view.getUint32(at + TEXT_BYTES);
    this.#used = at;
  }

  read(address: number): KnownChange {
    const { bytes, view } = this.#page(address);
    const at = address % PAGE_STRIDE;
    const flags = bytes[at + FLAGS] as number;
    const deleted = (flags & DELETED) !== 0;
    return {
      address,
      sequence: (flags & TEXT) === 0 ? view.getFloat64(at + SEQUENCE) : this.#text(address),
      deleted,
      content: deleted ? 0 : view.getFloat64(at + CONTENT),
      tracked: view.getFloat64(at + TRACKED),
    };
  }

  /** The row of a change; valid until the next change is added. */
  row(address: number): Uint8Array {
    const { bytes, view } = this.#page(address);
    const from = (address % PAGE_STRIDE) + FIXED_BYTES;
    return bytes.subarray(from, from + view.getUint32(from - FIXED_BYTES + ROW_BYTES));
  }

  older(address: number): number {
    return this.#page(address).view.getFloat64((address % PAGE_STRIDE) + OLDER);
  }

  setOlder(address: number, older: number): void {
    this.#page(address).view.setFloat64((address % PAGE_STRIDE) + OLDER, older);
  }

  /** When a delete was made. */
  madeAt(address: number): number {
    return this.#page(address).view.getFloat64((address % PAGE_STRIDE) + CONTENT);
  }

  /** Makes a change without content a delete that was made long ago. */
  makeDelete(address: number): void {
    const { bytes, view } = this.#page(address);
    const at = address % PAGE_STRIDE;
    bytes[at + FLAGS] = (bytes[at + FLAGS] as number) | DELETED;
    view.setFloat64(at + CONTENT, 0);
  }

  #text(address: number): Sequence {
    const { bytes, view } = this.#page(address);
    const at = address % PAGE_STRIDE;
    const from = at + FIXED_BYTES + view.getUint32(at + ROW_BYTES);
    return decoder.decode(bytes.subarray(from, from + view.getUint32(at + TEXT_BYTES)));
  }

  #page(address: number): Page {
    return this.#pages[Math.floor(address / PAGE_STRIDE)] as Page;
  }

  #allocate(length: number): number {
    if (this.#used + length > (this.#pages.at(-1)?.bytes.length ?? 0)) {
      const bytes = new Uint8Array(Math.max(PAGE_BYTES, length));
      this.#pages.push({ bytes, view: new DataView(bytes.buffer) });
      this.#used = 0;
    }
    const address = (this.#pages.length - 1) * PAGE_STRIDE + this.#used;
    this.#used += length;
    this.#bytes += length;
    return address;
  }
}
