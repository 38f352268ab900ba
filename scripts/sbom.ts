// npm run sbom [-- --out FILE]: the CycloneDX list of what runs in production, made from the lockfile and checked: valid by
// its JSON schema, and each package under a licence that is allowed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { invalid, isOurs, licenceProblems, licencesOf, makeBom, ROOT } from '../deploy/supply-chain/index.ts';

const { values } = parseArgs({
  options: { out: { type: 'string', default: join(ROOT, '.medallion', 'sbom.cdx.json') } },
});
const out = resolve(values.out);

const bom = await makeBom();
const text = `${JSON.stringify(bom, null, 2)}\n`;
const fetched = bom.components.filter((component) => !isOurs(component));
const schema = await invalid(text);
const problems = [...licenceProblems(fetched), ...(schema === null ? [] : [`not valid CycloneDX 1.6: ${schema}`])];

mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, text);
const counts = new Map<string, number>();
for (const licence of fetched.flatMap(licencesOf)) counts.set(licence, (counts.get(licence) ?? 0) + 1);
const byNumber = [...counts].sort(([, a], [, b]) => b - a).map(([licence, count]) => `${count} ${licence}`);
console.log(`${out}: ${fetched.length} packages (${byNumber.join(', ')})`);
for (const problem of problems) console.error(`medallion: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 3;
