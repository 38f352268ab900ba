type Due = { readonly due: number };

/** A priority queue, the earliest `due` first; ties in no particular but always the same order. */
export interface Heap<T extends Due> {
  readonly size: number;
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
}

/** A binary min-heap in one array. */
export function createHeap<T extends Due>(): Heap<T> {
  const items: T[] = [];

  const siftUp = (item: T): void => {
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent]!;
      if (above.due <= item.due) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  };

  const siftDown = (item: T): void => {
    const length = items.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && items[child + 1]!.due < items[child]!.due) child++;
      const below = items[child]!;
      if (below.due >= item.due) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  };

  return {
    get size() {
      return items.length;
    },
    push(item) {
      items.push(item);
      siftUp(item);
    },
    peek: () => items[0],
    pop() {
      const top = items[0];
      const last = items.pop();
      if (last !== undefined && items.length > 0) siftDown(last);
      return top;
    },
  };
}
