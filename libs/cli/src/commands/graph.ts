import { MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { graphOf, graphText, toMermaid } from '@medallion/pipeline';
import { type Answer, fine } from '../answer.ts';

/** `medallion graph`: the tables of a pipeline and what each reads. */
export async function graph(
  [name]: readonly string[],
  { format }: { readonly format?: string | boolean | undefined },
): Promise<Answer> {
  const found = graphOf(await loadPipeline(name as string));
  switch (format) {
    case 'json':
      return fine(found, [JSON.stringify(found, null, 2)]);
    case 'mermaid':
      return fine(found, [toMermaid(found).trimEnd()]);
    case 'text':
      return fine(found, [graphText(found).trimEnd()]);
    default:
      throw new MedallionError('MED_CONFIG_INVALID', {
        problems: `--format: "${String(format)}" is none of text, mermaid, json`,
      });
  }
}
