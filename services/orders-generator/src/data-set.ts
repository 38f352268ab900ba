import type { ScenarioOptions } from './scenario.ts';

/** The options of the data sets that are checked in, in `data/`: 300 orders over ten weeks, a tenth of them bad. */
export const DATA_SET: ScenarioOptions = Object.freeze({
  seed: 7,
  run: '',
  events: 300,
  perStep: 50,
  startMs: Date.UTC(2025, 0, 6, 8),
  spacingMs: 6 * 3_600_000,
  badShare: 0.1,
  failAt: null,
});
