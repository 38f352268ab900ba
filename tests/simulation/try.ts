import { describeFault, drawScenario, play } from '@medallion/testkit';
import { santaWorld } from './santa-world.ts';

const [from, n, tr] = process.argv.slice(2).map(Number);
let steps = 0,
  len = 0,
  bad = 0,
  draw = 0;
const c0 = process.cpuUsage();
for (let seed = from!; seed < from! + n!; seed++) {
  const d0 = process.hrtime.bigint();
  const s = drawScenario(seed, santaWorld);
  draw += Number(process.hrtime.bigint() - d0) / 1e6;
  const p = await play(s, santaWorld, { trace: !!tr });
  steps += p.steps;
  len += p.lengthMs;
  if (tr) {
    console.log(s.faults.map(describeFault).join('\n'));
    console.log(
      p.trace
        .filter((l) => !/debug|fetch/.test(l))
        .slice(tr === 2 ? -120 : 0)
        .join('\n'),
    );
  }
  if (p.violations.length) {
    bad++;
    console.log(seed, p.violations.slice(0, 2), (p.lengthMs / 1000).toFixed(1));
  }
}
const c = process.cpuUsage(c0);
const ms = (c.user + c.system) / 1e3;
console.log({
  bad,
  perSeed: (ms / n!).toFixed(1),
  draw: (draw / n!).toFixed(1),
  steps: steps / n!,
  len: len / n! / 1000,
});
