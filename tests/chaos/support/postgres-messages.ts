/** A message of Postgres' protocol: its type (empty for the very first one of a client), and all of its bytes. */
export type Message = { readonly type: string; readonly bytes: Buffer };

const LENGTH_BYTES = 4;

/** Splits what a client sends, or a server (`untyped: false`), into messages; what is not whole yet is kept. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0);
  /** A client begins with a message that has no type. */
  #untyped: boolean;

  constructor({ untyped }: { readonly untyped: boolean }) {
    this.#untyped = untyped;
  }

  push(bytes: Buffer): readonly Message[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const messages: Message[] = [];
    for (;;) {
      const before = this.#untyped ? 0 : 1;
      if (this.#rest.length < before + LENGTH_BYTES) return messages;
      const length = before + this.#rest.readInt32BE(before);
      if (this.#rest.length < length) return messages;
      const type = this.#untyped ? '' : String.fromCharCode(this.#rest[0]!);
      messages.push({ type, bytes: this.#rest.subarray(0, length) });
      this.#rest = this.#rest.subarray(length);
      this.#untyped = false;
    }
  }
}

const text = (bytes: Buffer, from: number): string => bytes.toString('latin1', from, bytes.indexOf(0, from));

/** Whether a client asks for a COMMIT: as a simple query, or as a statement to be parsed. */
export function asksForCommit({ type, bytes }: Message): boolean {
  const body = 1 + LENGTH_BYTES;
  if (type === 'Q') return isCommit(text(bytes, body));
  // The name of the statement comes first.
  return type === 'P' && isCommit(text(bytes, bytes.indexOf(0, body) + 1));
}

/** Whether a server says that a COMMIT is done. */
export const saysCommitted = ({ type, bytes }: Message): boolean =>
  type === 'C' && text(bytes, 1 + LENGTH_BYTES) === 'COMMIT';

const isCommit = (sql: string): boolean => /^\s*commit\s*;?\s*$/i.test(sql);
