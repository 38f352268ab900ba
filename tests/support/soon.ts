/** No machine needs so long that is only slow. */
const PATIENCE_MS = 120_000;

/**
 * Resolves when it holds; asked often, as everything is in memory.
 *
 * @throws Error with `what` after two minutes
 */
export async function soon(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
