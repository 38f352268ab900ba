/** How long-running services are started so that they keep little memory; docs/decisions/memory.md has the measurements. */

/**
 * V8 of Node 24 lets the young generation grow to 128 MB and keeps it. It cannot be set at run time, so whatever starts a
 * service gives it. Nor can the size at which the old generation is collected for the first time, before V8 knows how much
 * lives: by itself it waits for more than a service ever needs, and keeps those pages.
 */
export const NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=4', '--initial-old-space-size=32'];

/**
 * glibc raises the size from which it maps memory of its own to that of the largest buffer that was freed, and then keeps
 * the holes that fetched batches leave among the small ones. Fixed, they go back to the machine. It stands a little above
 * the 64 KiB that node reads from a socket at a time: to map each of those would cost more than it spares. Other
 * allocators read none of it.
 */
export const NODE_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '73728',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_TOP_PAD_: '0',
};
