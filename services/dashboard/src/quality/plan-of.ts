import { isMedallionError, MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import type { PipelinePlan } from '@medallion/pipeline';

/** Gets the plan of a pipeline by its name. */
export type PlanOf = (pipeline: string) => Promise<PipelinePlan>;

/**
 * The plan of a pipeline that is in the database.
 *
 * @throws MED_NOT_CONFIGURED when this dashboard was not given its declaration.
 */
export const planOf: PlanOf = async (pipeline) => {
  try {
    return await loadPipeline(pipeline);
  } catch (error) {
    if (!isMedallionError(error) || error.code !== 'MED_CONFIG_INVALID') throw error;
    throw new MedallionError('MED_NOT_CONFIGURED', { settings: `pipelines/${pipeline}/pipeline.ts` }, { cause: error });
  }
};
