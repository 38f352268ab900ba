import { isMedallionError, type MedallionError } from '@medallion/core';
import { loadPipeline, pipelineNames } from '@medallion/host';
import { type Answer, EXIT } from '../answer.ts';

/** What is wrong with one pipeline; empty when nothing is. */
type Verdict = {
  readonly pipeline: string;
  readonly valid: boolean;
  readonly tables: number;
  readonly problems: readonly string[];
};

/** `medallion validate`: loads each pipeline and reports every mistake in its declarations. Needs no broker. */
export async function validate(names: readonly string[] | readonly [readonly string[]]): Promise<Answer> {
  const asked = names.flat();
  const verdicts = await Promise.all((asked.length === 0 ? pipelineNames() : asked).map(judge));
  const valid = verdicts.every((verdict) => verdict.valid);
  return {
    data: verdicts,
    lines: verdicts.flatMap(({ pipeline, tables, problems }) =>
      problems.length === 0
        ? [`${pipeline}: valid, ${tables} tables`]
        : [`${pipeline}: not valid`, ...problems.map((p) => `  ${p}`)],
    ),
    exit: valid ? EXIT.fine : EXIT.checksFailed,
  };
}

async function judge(pipeline: string): Promise<Verdict> {
  try {
    const plan = await loadPipeline(pipeline);
    return { pipeline, valid: true, tables: plan.tables.length, problems: [] };
  } catch (error) {
    // A name that does not exist is a mistake of the command line, not of a pipeline.
    if (!isMedallionError(error) || error.code === 'MED_CONFIG_INVALID') throw error;
    const problems = (error as MedallionError<'MED_PIPELINE_INVALID'>).details.problems;
    return { pipeline, valid: false, tables: 0, problems: String(problems ?? error.message).split('\n') };
  }
}
