import { describeFault, drawScenario, type Played, play, type Scenario, shrink } from '@medallion/testkit';
import { worldOf } from './worlds.ts';

/** Lines before the end that are shown of a trace. */
const SHOWN = 200;
/** What is said again and again is shown so often. */
const REPEATED = 5;
/** Of the time at the start of a line. */
const TIME_WIDTH = 14;
/** Said so often that it hides the rest. */
const NOISE = / debug: | (heartbeat|fetch|range|ranges|checkpoints|position) of /;

/** Plays a seed again, shrinks it when it breaks a promise, and tells what led to that; whether all promises held. */
export async function replay(
  pipeline: string,
  seed: number,
  { full = false, print = console.log }: { readonly full?: boolean; readonly print?: (line: string) => void } = {},
): Promise<boolean> {
  const world = worldOf(pipeline);
  const scenario = drawScenario(seed, world);
  const played = await play(scenario, world, { trace: true });
  describe(scenario, played, print);
  const [first] = played.violations;
  if (first === undefined) {
    if (full) for (const line of told(played, full)) print(line);
    print('all promises hold');
    return true;
  }
  print(`\nbroken: ${first.invariant}: ${first.what}\nshrinking …`);
  const shrunk = await shrink(scenario, world, first.invariant);
  print(`\nthe same with less, found in ${shrunk.runs} runs:`);
  describe(shrunk.scenario, shrunk.played, print);
  print('');
  for (const line of told(shrunk.played, full)) print(line);
  for (const { invariant, what } of shrunk.played.violations) print(`broken: ${invariant}: ${what}`);
  return false;
}

function describe(
  { seed, world, partitions, brokers, ...rest }: Scenario,
  played: Played,
  print: (line: string) => void,
): void {
  const layers = Map.groupBy(rest.processes, ({ layer }) => layer);
  const instances = [...layers].map(([layer, all]) => `${all.length} ${layer}`).join(', ');
  const files = rest.files === undefined ? '' : `, ${rest.files.length} files`;
  print(
    `seed ${seed} of ${world}: ${partitions} partitions, ${brokers} brokers, ${instances}, ${rest.records.length} records${files}`,
  );
  print(
    `settings: ${Object.entries(rest.settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
  for (const fault of rest.faults) print(describeFault(fault));
  print(`${(played.lengthMs / 1_000).toFixed(1)} s of its time, ${played.steps} steps, trace ${played.digest}`);
}

function told({ trace }: Played, full: boolean): readonly string[] {
  if (full) return trace;
  const said = new Map<string, number>();
  const lines = trace.filter((line) => {
    const text = line.slice(TIME_WIDTH);
    const times = (said.get(text) ?? 0) + 1;
    said.set(text, times);
    return !NOISE.test(line) && times <= REPEATED;
  });
  return lines.length > SHOWN ? [`… ${lines.length - SHOWN} lines before`, ...lines.slice(-SHOWN)] : lines;
}
