export { type Finding, signatures, vulnerabilities } from './audit.ts';
export { type Bom, type Component, invalid, isOurs, makeBom, settled } from './bom.ts';
export { licenceProblems, licencesOf, nameOf, READ_BY_A_PERSON } from './licences.ts';
export { pnpm, type Ran, ROOT } from './pnpm.ts';
