// npm run check:workflows: the workflows of .github by actionlint: syntax, expressions, names of inputs, scripts.
import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../deploy/checks/run.ts';
import { tool } from '../deploy/checks/tools.ts';

const root = resolve(import.meta.dirname, '..');
const files = globSync('.github/workflows/*.yml', { cwd: root });
const { code, stdout, stderr } = await run(await tool('actionlint'), [
  '-no-color',
  ...files.map((file) => join(root, file)),
]);
process.stdout.write(`${stdout}${stderr}`);
console.log(code === 0 ? `ok     actionlint: ${files.join(', ')}` : 'FAILED actionlint');
process.exitCode = code === 0 ? 0 : 3;
