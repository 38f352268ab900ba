import type { RunningFlow } from './supervise.ts';

/**
 * Work that may run another flow within it, as a flow: told to stop, it aborts the work's signal, stops the flow that runs
 * within it now, and waits until the work has ended, however it ends.
 *
 * @example return stoppable(stopping, loop(), () => running)
 */
export function stoppable(
  stopping: AbortController,
  done: Promise<void>,
  running: () => RunningFlow | null,
): RunningFlow {
  done.catch(() => {}); // whoever never looks at `done` must not end the process
  return {
    done,
    async stop() {
      stopping.abort();
      await running()?.stop();
      await done.catch(() => {});
    },
  };
}
