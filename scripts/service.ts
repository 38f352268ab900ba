// npm run service -- NAME [options]: one service, as the image runs it (docs/configuration.md has its settings).
import { globSync } from 'node:fs';

const names = globSync('*/src/main.ts', { cwd: new URL('../services/', import.meta.url) })
  .map((path) => path.split('/')[0])
  .sort();
const [name] = process.argv.splice(2, 1);
if (names.includes(name)) await import(`../services/${name}/src/main.ts`);
else {
  console.error(`usage: npm run service -- ${names.join(' | ')} [options]`);
  process.exitCode = 2;
}
