import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';

/**
 * The plan that `pipelines/<name>/pipeline.ts` exports. The services load theirs through their host; here that would
 * bring in Kafka's client and more, for half a second in which the stack could already be starting.
 *
 * @throws MED_CONFIG_INVALID when there is no such pipeline, MED_PIPELINE_INVALID when it is not valid.
 */
export async function loadPlan(root: string, name: string): Promise<PipelinePlan> {
  const folder = join(root, 'pipelines');
  const names = readdirSync(folder).filter((each) => existsSync(join(folder, each, 'pipeline.ts')));
  if (!names.includes(name)) {
    const problems = `--pipeline: there is no pipeline "${name}" in pipelines/, only ${names.sort().join(', ')}`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  const module: unknown = await import(pathToFileURL(join(folder, name, 'pipeline.ts')).href);
  const plan = (module as { readonly default?: PipelinePlan }).default;
  if (plan === undefined)
    throw new MedallionError('MED_PIPELINE_INVALID', { pipeline: name, problems: 'pipeline.ts has no default export' });
  return plan;
}
