import assert from 'node:assert/strict';
import { NODE_ARGUMENTS } from '@medallion/devstack';
import { docker } from './compose.ts';

type Facts = {
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
  };
};

/** The exit codes of docker for a program that cannot be run. */
const isNotFound = ({ code, stdout, stderr }: { code?: number; stdout?: string; stderr?: string }): boolean =>
  (code === 126 || code === 127) && /not found/.test(`${stdout}${stderr}`);

/** That a container of ours is no root, can write nowhere, has bounds, no shell and no package manager. */
export async function assertConfined(id: string, name: string): Promise<void> {
  const { Config, HostConfig } = JSON.parse(await docker('inspect', '-f', '{{json .}}', id)) as Facts;
  assert.equal(Config.User, '10001:10001', name);
  assert.equal(HostConfig.ReadonlyRootfs, true, name);
  assert.deepEqual(HostConfig.CapDrop, ['ALL'], name);
  assert.ok(
    HostConfig.SecurityOpt.some((option) => option.startsWith('no-new-privileges')),
    name,
  );
  assert.ok(HostConfig.Memory > 0, name);
  for (const program of ['sh', 'npm', 'apt-get'])
    await assert.rejects(docker('exec', id, program, '--version'), isNotFound, `${name} has no ${program}`);
}

/** That process 1 is node, with the arguments that the services are measured with. */
export async function assertNodeArguments(id: string, name: string): Promise<void> {
  const print = `process.stdout.write(require('node:fs').readFileSync('/proc/1/cmdline', 'utf8').replaceAll('\\0', ' '))`;
  const line = await docker('exec', id, 'node', '-e', print);
  assert.deepEqual(line.split(' ').slice(1, 1 + NODE_ARGUMENTS.length), NODE_ARGUMENTS, `${name}: ${line}`);
}
