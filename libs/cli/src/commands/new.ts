import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { MedallionError } from '@medallion/core';
import { type Answer, fine } from '../answer.ts';

const TEMPLATE = new URL('../../template/', import.meta.url);
const PIPELINES = new URL('../../../../pipelines/', import.meta.url);
/** The name that the template goes by. */
const PLACEHOLDER = 'my-pipeline';

/** `medallion new`: a pipeline that runs, with a test, to be changed into one's own. */
export async function newPipeline(
  [name = '']: readonly string[],
  folder: string = PIPELINES.pathname,
): Promise<Answer> {
  const target = join(folder, name);
  const problem = !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)
    ? `"${name}" is no name of a pipeline: use small letters, digits and single dashes, as in "toy-sales"`
    : existsSync(target)
      ? `pipelines/${name} exists already`
      : null;
  if (problem !== null) throw new MedallionError('MED_CONFIG_INVALID', { problems: problem });
  mkdirSync(target, { recursive: true });
  const written = readdirSync(TEMPLATE).map((file) => {
    const text = readFileSync(new URL(file, TEMPLATE), 'utf8').replaceAll(PLACEHOLDER, name);
    const path = join(target, file);
    writeFileSync(path, text, { flag: 'wx' });
    return relative(process.cwd(), path);
  });
  return fine({ pipeline: name, files: written }, [
    ...written.map((file) => `wrote ${file}`),
    '',
    `npm test -- unit pipelines/${name}                    runs its test`,
    `./medallion validate ${name}                          judges it`,
    `npm start -- --pipeline ${name} --no-generator        runs it, until Ctrl-C`,
    `./medallion send ${name}                              sends what you type to it: JSON, one event a line`,
  ]);
}
