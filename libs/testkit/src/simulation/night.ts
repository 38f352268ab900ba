import type { FaultWorld } from './fault-player.ts';
import type { Fault, Scenario } from './scenario.ts';
import { withSilence } from './silence.ts';

/** Longer than the day for which changelogs are left alone. */
export const NIGHT_MS = 26 * 3_600_000;
/** So long after the last request was under way, every service runs, and has looked at what it owns. */
const LOOKED_MS = 60_000;
/** Whoever was told to start again before the night has done so by then. */
const LAST_OUT_MS = 120_000;

/**
 * The same scenario with a night in it: everything that would come after that moment comes when the night is over. No process
 * runs in it, so it costs nothing, and what takes a day happens, as compaction does.
 */
export function withNight(scenario: Scenario, atMs: number, forMs: number): Scenario {
  const later = <T extends { readonly atMs: number }>(all: readonly T[]): readonly T[] =>
    all.map((each) => (each.atMs < atMs ? each : { ...each, atMs: each.atMs + forMs }));
  return {
    ...withSilence(scenario, atMs, forMs),
    // Of each layer one is there before it: what nobody has read yet is not to be compacted.
    processes: scenario.processes.map((each) =>
      each.startMs < atMs || each.slot === 0 ? each : { ...each, startMs: each.startMs + forMs },
    ),
    faults: [...later(scenario.faults), { atMs, kind: 'night' as const, forMs }].sort((a, b) => a.atMs - b.atMs),
    checksMs: scenario.checksMs.map((ms) => (ms < atMs ? ms : ms + forMs)),
  };
}

/**
 * Everything is stopped, and started again when the night is over, in which topics are compacted. Before it begins, what is
 * still under way arrives, and who owns a changelog has time to mend what that does to it: the engine relies on that there is
 * an owner within the day for which a changelog is left alone.
 */
export function rest({ atMs, forMs }: Extract<Fault, { kind: 'night' }>, world: FaultWorld): void {
  const { schedule, services, cluster, isQuiet } = world;
  const stopAll = (): void => {
    for (const service of services.values()) service.kill(atMs + forMs - cluster.now());
  };
  const begin = (): void => {
    stopAll();
    schedule(LAST_OUT_MS, stopAll);
    schedule(forMs / 2, () => cluster.compact());
    schedule(atMs + forMs - cluster.now() - 1, () => cluster.compact());
  };
  const wait = (quietMs: number): void => {
    if (quietMs >= LOOKED_MS) begin();
    else schedule(LOOKED_MS / 4, () => wait(isQuiet() ? quietMs + LOOKED_MS / 4 : 0));
  };
  wait(0);
}
