import pg from 'pg';

/** The part of pg's connection that a COPY needs. */
type Wire = {
  readonly stream: { write(data: Buffer): boolean; cork(): void; uncork(): void };
  query(text: string): void;
  endCopyFrom(): void;
};

/**
 * `COPY … FROM STDIN` with its data sent along, unasked: the server throws data away that follows a COPY that it
 * refused, so nothing has to wait for its answer.
 */
export class CopyIn extends pg.Query {
  readonly #command: string;
  readonly #data: Buffer;

  /** `data` is a whole CopyData message. */
  constructor(command: string, data: Buffer) {
    super(command);
    this.#command = command;
    this.#data = data;
  }

  // pg's own submit speaks the extended protocol, in which a refused COPY would leave the data without a reader.
  override submit = (connection: pg.Connection): null => {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    wire.query(this.#command);
    wire.stream.write(this.#data);
    wire.endCopyFrom();
    wire.stream.uncork();
    return null;
  };

  /** Answered before it was asked. */
  handleCopyInResponse(): void {}
}
