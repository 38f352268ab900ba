/** A field of a message: its number, and a number, or the bytes of a text, of bytes or of a message. */
export type ProtoField = { readonly number: number; readonly value: bigint | Buffer };

/** The fields of a protobuf message, in order; fixed ones as numbers. Throws RangeError when the bytes are none. */
export function protoFields(bytes: Buffer): readonly ProtoField[] {
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint without an end');
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    const wire = tag & 7;
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 1) {
      fields.push({ number, value: bytes.readBigUInt64LE(at) });
      at += 8;
    } else if (wire === 5) {
      fields.push({ number, value: BigInt(bytes.readUInt32LE(at)) });
      at += 4;
    } else if (wire === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new RangeError('a field beyond the end');
      fields.push({ number, value: bytes.subarray(at, at + length) });
      at += length;
    } else throw new RangeError(`wire type ${wire}`);
  }
  return fields;
}
