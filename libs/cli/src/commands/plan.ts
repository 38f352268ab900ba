import { loadPipeline } from '@medallion/host';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';
import { rehearse } from '../rehearse.ts';

/**
 * `medallion plan`: what a start of the services would create, change, rebuild or refuse. It runs what a start runs, and
 * keeps nothing of it. Exit code 3 when a start would be refused, or something would be lost without `--allow`.
 */
export async function plan(
  [name]: readonly string[],
  { allow = false }: { readonly allow?: string | boolean | undefined },
  around: Surroundings,
): Promise<Answer> {
  const pipeline = await loadPipeline(name as string);
  const { steps, refused } = await rehearse(pipeline, around);
  const lost = steps.filter(({ destructive }) => destructive);
  return {
    data: { pipeline: pipeline.name, steps, refused },
    lines: [
      ...(steps.length === 0 && refused.length === 0 ? ['a start would change nothing'] : []),
      ...steps.map(
        ({ where, what, change, destructive }) =>
          `${destructive ? '!' : '+'} ${where.padEnd(8)} ${what}: ${change}${destructive ? ' (destructive)' : ''}`,
      ),
      ...refused.map(({ code, message }) => (message.startsWith(code) ? `✗ ${message}` : `✗ ${code}: ${message}`)),
      ...(lost.length > 0 && !allow ? [`${lost.length} destructive: --allow says that this is meant`] : []),
    ],
    exit: refused.length > 0 || (lost.length > 0 && !allow) ? EXIT.checksFailed : EXIT.fine,
  };
}
