import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MedallionError } from '@medallion/core';
import type { Environment } from './options.ts';

/** The feature release in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_392"; undefined if unknown. */
export const javaRelease = (output: string): number | undefined => {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match ? Number(match[1]) : undefined;
};

/** The path of a program as the shell would find it. */
export const findProgram = (name: string, env: Environment): string | undefined =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });

/**
 * The java command to run: `$JAVA_HOME/bin/java`, else the one on the PATH.
 *
 * @throws MED_JAVA_MISSING when there is none, or only one before 17.
 */
export const findJava = (env: Environment): string => {
  const path = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : findProgram('java', env);
  if (!path) throw new MedallionError('MED_JAVA_MISSING', { found: 'no java on the PATH' });
  const { stdout, stderr, error } = spawnSync(path, ['-version'], { encoding: 'utf8' });
  if (error) throw new MedallionError('MED_JAVA_MISSING', { found: `${path}: ${error.message}` });
  const release = javaRelease(`${stderr}${stdout}`);
  if (release === undefined || release < 17)
    throw new MedallionError('MED_JAVA_MISSING', { found: `${path} is ${release ?? 'of an unknown version'}` });
  return path;
};

/**
 * The Maven command.
 *
 * @throws MED_MAVEN_MISSING
 */
export const findMaven = (env: Environment): string => {
  const path = findProgram('mvn', env);
  if (!path) throw new MedallionError('MED_MAVEN_MISSING', { found: 'no mvn on the PATH' });
  return path;
};
