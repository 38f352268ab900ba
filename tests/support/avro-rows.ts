import avro from 'avsc';

/** A decoded row. */
export type AvroRow = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Decodes values in Confluent's form (0, four bytes of schema id, Avro) with the schema that the registry has for the
 * id: what any other reader of the topic would do.
 */
export class AvroRows {
  readonly #registry: string;
  readonly #types = new Map<number, Promise<avro.Type>>();

  constructor(registryUrl: string) {
    this.#registry = registryUrl;
  }

  async decode(value: Buffer): Promise<AvroRow> {
    if (value.readUInt8(0) !== 0) throw new Error('the value does not begin with a zero byte');
    const id = value.readUInt32BE(1);
    let type = this.#types.get(id);
    if (type === undefined) {
      type = this.#fetch(id);
      this.#types.set(id, type);
    }
    return (await type).fromBuffer(value.subarray(5)) as AvroRow;
  }

  async #fetch(id: number): Promise<avro.Type> {
    const response = await fetch(`${this.#registry}/schemas/ids/${id}`);
    if (!response.ok) throw new Error(`the registry has no schema ${id}: ${response.status}`);
    const { schema } = (await response.json()) as { schema: string };
    return avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
  }
}
