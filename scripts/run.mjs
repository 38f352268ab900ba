// The way in of `npm start` and `npm test`: brings what is missing (pnpm, Node 24, the workspace), then runs
// scripts/<target>.ts under Node 24. Plain JavaScript, for a machine that has only Node 20 and npm.
import { dirname, join } from 'node:path';
import { BootstrapError, forwardSignals, run } from './bootstrap/steps.mjs';
import { nodeBinary } from './bootstrap/tools.mjs';
import { install, root } from './bootstrap/workspace.mjs';

const [target, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);

try {
  if (target === undefined || !/^[a-z-]+$/.test(target))
    throw new BootstrapError('usage: node scripts/run.mjs <start|test> [options]', 'name one of the scripts');
  if (major < 20 || (major === 20 && minor < 11))
    throw new BootstrapError(`this is Node ${process.versions.node}`, 'install Node 20.11 or newer');
  forwardSignals();
  const node = await nodeBinary();
  await install();
  // What the script starts finds the same node, by name too.
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` };
  const { code } = await run(node, [join(root, 'scripts', `${target}.ts`), ...args], { cwd: root, env });
  process.exitCode = code;
} catch (error) {
  console.error(error instanceof BootstrapError ? `medallion: ${error.message}` : error);
  process.exitCode = error instanceof BootstrapError && target === undefined ? 2 : 1;
}
