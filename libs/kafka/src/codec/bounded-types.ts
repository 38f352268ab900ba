import avsc, { type Type } from 'avsc';

/** What avsc reads from. */
type Tap = {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string | undefined;
  skipString(): void;
};
type Part = { _read(tap: Tap): unknown; _skip(tap: Tap): void };

/** Elements that were read from each tap so far: one tap reads one value. */
const taken = new WeakMap<Tap, number>();

/**
 * The elements of the next block of an array or map; 0 behind the last one. All elements of a value together are at most as
 * many as it has bytes: avsc believes every count, also of elements that take no byte, and reads beyond the end.
 */
function blockSize(tap: Tap): number {
  let count = tap.readLong();
  // A negative count is followed by the size of the block.
  if (count < 0) {
    count = -count;
    tap.readLong();
  }
  if (count === 0) return 0;
  const all = (taken.get(tap) ?? 0) + count;
  if (!(all <= tap.buf.length)) throw new Error('it ends too early');
  taken.set(tap, all);
  return count;
}

/** Goes behind an array or map whose elements nobody wants. A size that a block gives is not believed: it may lead back. */
function skipBlocks(tap: Tap, skip: () => void): void {
  for (let count = blockSize(tap); count > 0; count = blockSize(tap)) for (let i = 0; i < count; i++) skip();
}

/** An array that has no more elements than there are bytes. */
class BoundedArrayType extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const { itemsType } = this as unknown as { readonly itemsType: Part };
    const items: unknown[] = [];
    for (let count = blockSize(tap); count > 0; count = blockSize(tap))
      for (let i = 0; i < count; i++) items.push(itemsType._read(tap));
    return items;
  }

  _skip(tap: Tap): void {
    const { itemsType } = this as unknown as { readonly itemsType: Part };
    skipBlocks(tap, () => itemsType._skip(tap));
  }
}

/** Such a map, whose keys may be any texts: avsc's own lets the key `__proto__` change the object. */
class BoundedMapType extends avsc.types.MapType {
  _read(tap: Tap): object {
    const { valuesType } = this as unknown as { readonly valuesType: Part };
    const entries: [string, unknown][] = [];
    for (let count = blockSize(tap); count > 0; count = blockSize(tap))
      for (let i = 0; i < count; i++) entries.push([tap.readString() as string, valuesType._read(tap)]);
    return Object.fromEntries(entries);
  }

  _skip(tap: Tap): void {
    const { valuesType } = this as unknown as { readonly valuesType: Part };
    skipBlocks(tap, () => {
      tap.skipString();
      valuesType._skip(tap);
    });
  }
}

/** For avsc's `typeHook`: arrays and maps that hold what they are read from to its bytes. */
export function boundedTypes(schema: unknown, options: object): Type | undefined {
  switch ((schema as { readonly type?: unknown }).type) {
    case 'array':
      return new BoundedArrayType(schema as never, options as never) as Type;
    case 'map':
      return new BoundedMapType(schema as never, options as never) as Type;
    default:
      return undefined;
  }
}
