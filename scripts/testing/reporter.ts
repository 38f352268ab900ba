import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** One line of the report that a test file's process writes for us. */
export type ReportLine =
  | { readonly kind: 'passed' | 'failed' | 'skipped'; readonly name: string; readonly error?: string }
  | { readonly kind: 'suite failed'; readonly name: string; readonly error?: string }
  | { readonly kind: 'end' };

/** A file whose tests are over but whose process lives on is ended with this code. */
export const leftOpenCode = 87;
const leftOpenAfterMs = 10_000;

/** The names of the tests around the current one, outermost first. */
const path: string[] = [];

const causeOf = (error: Error): unknown => (error.cause instanceof Error ? error.cause : (error.cause ?? error));

const lineOf = (event: TestEvent): ReportLine | undefined => {
  if (event.type === 'test:start') {
    path.length = event.data.nesting;
    path[event.data.nesting] = event.data.name;
    return undefined;
  }
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return undefined;
  const { nesting, name, details, skip, todo } = event.data;
  const fullName = [...path.slice(0, nesting), name].join(' › ');
  const isSuite = details.type === 'suite';
  if (event.type === 'test:pass') {
    if (isSuite) return undefined;
    return { kind: skip === undefined && todo === undefined ? 'passed' : 'skipped', name: fullName };
  }
  if (todo !== undefined) return isSuite ? undefined : { kind: 'skipped', name: fullName };
  const error = event.data.details.error as Error & { failureType?: string };
  // Its own tests have said why.
  const byChildren = error.failureType === 'subtestsFailed';
  if (isSuite) return byChildren ? undefined : { kind: 'suite failed', name: fullName, error: inspect(causeOf(error)) };
  return { kind: 'failed', name: fullName, ...(byChildren ? {} : { error: inspect(causeOf(error)) }) };
};

/** A reporter for node:test that writes one JSON document per result. */
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const line = event.type === 'test:summary' ? ({ kind: 'end' } as const) : lineOf(event);
    if (line) yield `${JSON.stringify(line)}\n`;
    if (line?.kind !== 'end') continue;
    // Not counted as open itself; it fires only if something else keeps the process alive.
    setTimeout(() => {
      process.stderr.write(`tests are over, still open: ${process.getActiveResourcesInfo().join(', ')}\n`);
      process.exit(leftOpenCode);
    }, leftOpenAfterMs).unref();
  }
}
