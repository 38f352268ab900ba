export { type Chance, chanceOf } from './chance.ts';
export { drawScenario } from './draw-scenario.ts';
export { type Played, play } from './play.ts';
export {
  describeFault,
  EPOCH_MS,
  endOf,
  type Fault,
  type InputFile,
  type InputRecord,
  nameOf,
  type Scenario,
  type ScenarioSettings,
  type Who,
} from './scenario.ts';
export { fewest, type Shrunk, shrink } from './shrink.ts';
export { SimCluster } from './sim-cluster.ts';
export type { Writer } from './sim-process.ts';
export type { Look, RecordsWanted, Violation, World } from './world.ts';
