import { run } from '../../checks/run.ts';

/** What kube-score asks for and is not done, each with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'container-image-pull-policy':
    'IfNotPresent: an image is named by its digest or an unmoving tag, and a registry that is away must not stop a restart',
  'deployment-has-host-podantiaffinity':
    'topologySpreadConstraints over nodes and zones say the same, for any number of pods',
  'deployment-replicas':
    'one pod is enough for a few partitions, and state is rebuilt from Kafka; a budget and a surge keep rollouts whole',
};

type Comment = { readonly path: string; readonly summary: string };
type Check = {
  readonly check: { readonly id: string };
  readonly grade: number;
  readonly skipped: boolean;
  readonly comments: readonly Comment[] | null;
};
type Scored = { readonly object_name: string; readonly checks: readonly Check[] };

/** All is well from here on; below are warnings and criticals. */
const FINE = 10;

/** What kube-score finds, without the exceptions; `used` gets the names of those that were needed. */
export async function score(kubeScore: string, text: string, used: Set<string>): Promise<readonly string[]> {
  const args = ['score', '--output-format', 'json', '--kubernetes-version', 'v1.30', '-'];
  const { stdout, stderr } = await run(kubeScore, args, { input: text });
  let scored: readonly Scored[];
  try {
    scored = JSON.parse(stdout) as readonly Scored[];
  } catch {
    return [`kube-score could not read it: ${stderr.trim() || stdout.trim()}`];
  }
  return scored.flatMap(({ object_name: name, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < FINE)
      .flatMap(({ check: { id }, comments }) => {
        if (EXCEPTIONS[id] !== undefined) {
          used.add(id);
          return [];
        }
        return [
          `${name}: ${id}: ${(comments ?? []).map(({ path, summary }) => `${path} ${summary}`.trim()).join('; ')}`,
        ];
      }),
  );
}
