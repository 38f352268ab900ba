import { existsSync, readdirSync } from 'node:fs';
import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';

const FOLDER = new URL('../../../pipelines/', import.meta.url);

/** The names of the pipelines in `pipelines/`: its folders with a `pipeline.ts`. */
export const pipelineNames = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => existsSync(new URL(`${name}/pipeline.ts`, FOLDER)))
    .sort();

/**
 * The plan that `pipelines/<name>/pipeline.ts` exports.
 *
 * @throws MED_CONFIG_INVALID when there is no such pipeline, MED_PIPELINE_INVALID when it is not valid.
 */
export async function loadPipeline(name: string): Promise<PipelinePlan> {
  const names = pipelineNames();
  if (!names.includes(name)) {
    const problems = `PIPELINES: there is no pipeline "${name}" in pipelines/, only ${names.join(', ')}`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  const module: unknown = await import(new URL(`${name}/pipeline.ts`, FOLDER).href);
  const plan = (module as { readonly default?: PipelinePlan }).default;
  if (plan === undefined)
    throw new MedallionError('MED_PIPELINE_INVALID', { pipeline: name, problems: 'pipeline.ts has no default export' });
  return plan;
}
