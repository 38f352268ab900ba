/**
 * Arguments of node for every long-running service.
 *
 * V8 of Node 24 lets the young generation grow to 128 MB and keeps it: a service under load then holds 100 MB more than
 * it needs. It cannot be set at run time, so whatever starts a service gives it. 16 MB a semi-space cost no measurable
 * time (docs/decisions/memory.md).
 */
export const NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=16'];
