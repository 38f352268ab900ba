// npm run audit [-- --strict]: are the packages those that the registry signed, and is anything known against them?
// Exit codes: 0 fine, 3 something is wrong; with --strict also what could not be looked up is wrong.
import { parseArgs } from 'node:util';
import { pnpm, signatures, vulnerabilities } from '../deploy/supply-chain/index.ts';

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const findings = [
  signatures(await pnpm(['audit', 'signatures', '--json'])),
  vulnerabilities(await pnpm(['audit', '--prod', '--json'])),
];
for (const { check, outcome, says } of findings) {
  const word = outcome === 'unknown' ? 'NOT VERIFIED' : outcome;
  console.log(`${check}: ${word}: ${says}`);
}
const isFine = findings.every((it) => it.outcome === 'passed' || (it.outcome === 'unknown' && !values.strict));
process.exitCode = isFine ? 0 : 3;
