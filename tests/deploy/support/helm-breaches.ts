import type { KubernetesObject } from '../../../deploy/helm/checks/objects.ts';

type Loose = { [name: string]: Loose } & Loose[];

/** A change of what is rendered that a policy has to notice; gives the objects where not the same list. */
export type Breach = {
  readonly policy: string;
  readonly name: string;
  readonly change: (objects: KubernetesObject[]) => KubernetesObject[] | undefined;
};

/** Something rendered, open to any change. */
const loose = (objects: KubernetesObject[], kind: string, part = ''): Loose =>
  objects.find((each) => each.kind === kind && each.metadata.name.includes(part)) as unknown as Loose;

const spec = (objects: KubernetesObject[]): Loose => loose(objects, 'Deployment', 'silver').spec!.template!.spec!;
const container = (objects: KubernetesObject[]): Loose => spec(objects).containers![0]!;

const set = (target: Loose, name: string, value: unknown): undefined => {
  (target as unknown as Record<string, unknown>)[name] = value;
};

/** Breaks one thing in one container. */
const inContainer = (policy: string, name: string, path: readonly string[], value: unknown): Breach => ({
  policy,
  name,
  change(objects) {
    const target = path.slice(0, -1).reduce((at, each) => at[each]!, container(objects));
    return set(target, path.at(-1)!, value);
  },
});

const change = (policy: string, name: string, how: Breach['change']): Breach => ({ policy, name, change: how });
const without = (policy: string, name: string, kind: string, part: string): Breach =>
  change(policy, name, (objects) =>
    objects.filter((each) => !(each.kind === kind && each.metadata.name.includes(part))),
  );

const RIGHTS = 'every container runs as nobody in particular, without rights, on a root that it cannot write';
const PROBES = 'every Deployment has a startup, a liveness and a readiness probe, and they ask for different things';
const OPS = 'the ops port is open to monitoring, and to the dashboard for the services';
const KEDA = 'a scaled Deployment leaves its number to KEDA, and that one stops at the partitions';
const TMP = 'a container writes to /tmp alone, within bounds, and mounts nothing that cannot change';
const SECRET = 'no secret is in the environment';
const THERE = 'every object of the chart that another names is there';
const FILES = 'every file that a setting names is mounted, and every one that is mounted is named';

const ENDS = 'what ends is run by one Job at a time, within bounds, and is not started again when it has ended';
/** A service as a CronJob, as for a triggered pipeline, with something about it changed. */
const cronJob = (name: string, how: (objects: KubernetesObject[], own: Loose) => undefined): Breach =>
  change(ENDS, name, (objects) => {
    const { metadata, spec: deployed } = structuredClone(loose(objects, 'Deployment', 'silver'));
    const made = { template: deployed!.template, backoffLimit: 4, activeDeadlineSeconds: 60 } as unknown as Loose;
    (made as unknown as { template: { spec: object } }).template.spec = {
      ...made.template!.spec!,
      restartPolicy: 'Never',
    };
    const own = { schedule: '0 3 * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: made } };
    how(objects, own as unknown as Loose);
    return [
      ...objects,
      { kind: 'CronJob', apiVersion: 'batch/v1', metadata, spec: own } as unknown as KubernetesObject,
    ];
  });

/** At least one for each policy. */
export const BREACHES: readonly Breach[] = [
  inContainer(
    'every container has requests and limits of CPU and memory',
    'no limit of memory',
    ['resources', 'limits'],
    { cpu: 1 },
  ),
  inContainer('every image has a tag or a digest, and not latest', 'latest', ['image'], 'a/b:latest'),
  inContainer('every image has a tag or a digest, and not latest', 'no tag', ['image'], 'a/b'),
  inContainer(RIGHTS, 'a root that can be written', ['securityContext', 'readOnlyRootFilesystem'], false),
  inContainer(RIGHTS, 'a capability kept', ['securityContext', 'capabilities'], { drop: ['NET_RAW'] }),
  inContainer(RIGHTS, 'root', ['securityContext', 'runAsUser'], 0),
  change('no pod shares anything of its node', 'the network', (objects) => set(spec(objects), 'hostNetwork', true)),
  change('no pod shares anything of its node', 'a path', (objects) =>
    set(spec(objects).volumes![0]!, 'hostPath', { path: '/' }),
  ),
  change(TMP, 'no bounds', (objects) => set(spec(objects).volumes![0]!, 'emptyDir', {})),
  change(TMP, 'secrets that can be written', (objects) => set(container(objects).volumeMounts![1]!, 'readOnly', false)),
  change(TMP, 'a part of a volume', (objects) => set(container(objects).volumeMounts![1]!, 'subPath', 'x')),
  change('no pod has a token of a service account, and none the default one', 'a token', (objects) =>
    set(spec(objects), 'automountServiceAccountToken', true),
  ),
  inContainer(PROBES, 'liveness that asks for dependencies', ['livenessProbe', 'httpGet', 'path'], '/readyz'),
  inContainer(PROBES, 'no startup probe', ['startupProbe'], undefined),
  change('a pod is given longer to end than it takes at most', 'too little', (objects) =>
    set(spec(objects), 'terminationGracePeriodSeconds', 35),
  ),
  change('every Deployment is spread over zones and nodes', 'one that is not', (objects) =>
    set(spec(objects), 'topologySpreadConstraints', []),
  ),
  cronJob('one that runs beside itself', (_, own) => set(own, 'concurrencyPolicy', 'Allow')),
  cronJob('one without an end', (_, own) => set(own.jobTemplate!.spec!, 'activeDeadlineSeconds', undefined)),
  cronJob('one that begins again', (_, own) =>
    set(own.jobTemplate!.spec!.template!.spec!, 'restartPolicy', 'OnFailure'),
  ),
  change('a rollout takes no pod away before another can work', 'one that does', (objects) =>
    set(loose(objects, 'Deployment', 'gold').spec!, 'strategy', { type: 'Recreate' }),
  ),
  inContainer(SECRET, 'a variable of its own', ['env'], [{ name: 'A', value: 'b' }]),
  change(SECRET, 'a password in a ConfigMap', (objects) =>
    set(loose(objects, 'ConfigMap', 'gold').data!, 'DATABASE_PASSWORD', 'x'),
  ),
  change(SECRET, 'a password in an address', (objects) =>
    set(loose(objects, 'ConfigMap', 'gold').data!, 'DATABASE_URL', 'postgres://a:b@c:5432/d'),
  ),
  change('every value of a ConfigMap is text as a service reads it', 'a rounded number', (objects) =>
    set(loose(objects, 'ConfigMap', 'gold').data!, 'STALL_TIMEOUT_MS', '8.64e+07'),
  ),
  change(FILES, 'a file that is not there', (objects) =>
    set(loose(objects, 'ConfigMap', 'bronze').data!, 'A_FILE', '/etc/medallion/secrets/A'),
  ),
  change(FILES, 'a file that nobody reads', (objects) => {
    const { data } = loose(objects, 'ConfigMap', 'bronze');
    delete (data as unknown as Record<string, string>).KAFKA_SASL_PASSWORD_FILE;
    return undefined;
  }),
  without(THERE, 'a ConfigMap that is gone', 'ConfigMap', 'dashboard'),
  without(THERE, 'an ExternalSecret that is gone', 'ExternalSecret', 'gold'),
  change('every container has the settings of Node’s memory', 'one that has not', (objects) =>
    set(loose(objects, 'ConfigMap', 'silver').data!, 'MALLOC_ARENA_MAX', '8'),
  ),
  change('the migration finds all that it needs before anything else is installed', 'what is no hook', (objects) =>
    set(loose(objects, 'ExternalSecret', 'migrate').metadata!, 'annotations', {}),
  ),
  change(
    'the migration finds all that it needs before anything else is installed',
    'a rollback without it',
    (objects) =>
      set(loose(objects, 'Job', 'migrate').metadata!.annotations!, 'helm.sh/hook', 'pre-install,pre-upgrade'),
  ),
  change('services change nothing where a migration does', 'one that does', (objects) =>
    set(loose(objects, 'ConfigMap', 'silver').data!, 'MIGRATE', 'auto'),
  ),
  without('every Deployment has one budget of disruptions', 'one that has none', 'PodDisruptionBudget', 'bronze'),
  change('a Deployment selects its own pods, and by nothing that changes with a version', 'a version', (objects) =>
    set(loose(objects, 'Deployment', 'gold').spec!.selector!.matchLabels!, 'app.kubernetes.io/version', '0.1.0'),
  ),
  without('what no policy names is refused, in both directions', 'an open namespace', 'NetworkPolicy', 'default-deny'),
  change('every pod has a policy of its own, which names ports everywhere', 'any port', (objects) =>
    set(loose(objects, 'NetworkPolicy', 'silver').spec!, 'egress', [{}]),
  ),
  change('Postgres is reached by those alone that have something to do there', 'another', (objects) =>
    set(loose(objects, 'NetworkPolicy', 'silver').spec!, 'egress', [{ ports: [{ protocol: 'TCP', port: 5432 }] }]),
  ),
  change(OPS, 'everybody', (objects) => set(loose(objects, 'NetworkPolicy', 'silver').spec!.ingress![0]!, 'from', [])),
  change(OPS, 'all namespaces', (objects) =>
    set(loose(objects, 'NetworkPolicy', 'silver').spec!.ingress![0]!, 'from', [{ namespaceSelector: {} }]),
  ),
  change(KEDA, 'a fixed number', (objects) => set(loose(objects, 'Deployment', 'silver').spec!, 'replicas', 2)),
  change(KEDA, 'idle members', (objects) =>
    set(loose(objects, 'ScaledObject', 'silver').spec!.triggers![0]!.metadata!, 'allowIdleConsumers', 'true'),
  ),
  without(KEDA, 'a login that is gone', 'TriggerAuthentication', 'silver'),
];
