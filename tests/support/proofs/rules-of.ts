import type { PipelineProof } from '../pipeline-proof.ts';

/** How the counts of a pipeline's rules differ from the oracle's, as lines. */
export const rulesOf = ({ plan, scratch }: PipelineProof): Promise<readonly string[]> =>
  scratch.differences(
    'data_quality_metrics',
    `SELECT table_name, rule, records, passed, failed, dropped FROM medallion.data_quality_metrics
     WHERE pipeline = '${plan.name}'`,
    'SELECT * FROM oracle.data_quality_metrics',
  );
