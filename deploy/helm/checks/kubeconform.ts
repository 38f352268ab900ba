import { run } from '../../checks/run.ts';
import { KUBERNETES_VERSIONS } from './schemas.ts';

type Resource = { readonly kind: string; readonly name: string; readonly status: string; readonly msg: string };

/** What kubeconform found: what is wrong, and the kinds that it has no schema of. */
export type Conformed = {
  readonly problems: readonly string[];
  readonly unknown: readonly string[];
  readonly valid: number;
};

/** Compares objects with the schemas of their kinds, for the oldest and the newest release of Kubernetes. */
export async function conform(kubeconform: string, locations: readonly string[], text: string): Promise<Conformed> {
  const problems: string[] = [];
  const unknown = new Set<string>();
  let valid = 0;
  for (const version of KUBERNETES_VERSIONS) {
    const where = locations.flatMap((location) => ['-schema-location', location]);
    const args = ['-strict', '-ignore-missing-schemas', '-verbose', '-output', 'json', '-n', '1'];
    const { stdout, stderr } = await run(kubeconform, [...args, '-kubernetes-version', version, ...where, '-'], {
      input: text,
    });
    const { resources } = parsed(stdout, stderr);
    for (const { kind, name, status, msg } of resources) {
      if (status === 'statusValid') valid += 1;
      else if (status === 'statusSkipped') unknown.add(kind);
      else if (status !== 'statusEmpty') problems.push(`Kubernetes ${version}: ${kind} ${name}: ${msg}`);
    }
  }
  return { problems, unknown: [...unknown].sort(), valid };
}

function parsed(stdout: string, stderr: string): { readonly resources: readonly Resource[] } {
  try {
    return JSON.parse(stdout) as { readonly resources: readonly Resource[] };
  } catch {
    return {
      resources: [{ kind: 'kubeconform', name: '', status: 'statusError', msg: stderr.trim() || stdout.trim() }],
    };
  }
}
