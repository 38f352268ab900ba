import { type Container, type Deployment, environmentOf, type Job, ofKind, workloads } from '../objects.ts';
import type { Policies } from './policy.ts';

type Place = { readonly at: string; readonly container: Container; readonly workload: Deployment | Job };

const containers = (objects: Parameters<typeof workloads>[0]): readonly Place[] =>
  workloads(objects).flatMap((workload) => {
    const { containers: main, initContainers = [] } = workload.spec.template.spec;
    return [...initContainers, ...main].map((container) => ({
      at: `${workload.kind} ${workload.metadata.name}, container ${container.name}`,
      container,
      workload,
    }));
  });

const lacking = (places: readonly Place[], holds: (place: Place) => boolean, what: string): readonly string[] =>
  places.filter((place) => !holds(place)).map(({ at }) => `${at}: ${what}`);

const WRITABLE = '/tmp';
const SHUTDOWN_DEFAULT_MS = 20_000;

/** What each pod and container has to be. */
export const podPolicies: Policies = {
  'every container has requests and limits of CPU and memory': (objects) =>
    lacking(
      containers(objects),
      ({ container: { resources } }) =>
        [resources?.requests, resources?.limits].every((each) => each?.cpu !== undefined && each.memory !== undefined),
      'lacks some of them',
    ),
  'every image has a tag or a digest, and not latest': (objects) =>
    lacking(
      containers(objects),
      ({ container: { image } }) => /@sha256:[0-9a-f]{64}$|:[\w][\w.-]*$/.test(image) && !image.endsWith(':latest'),
      'has an image that can change',
    ),
  'every container runs as nobody in particular, without rights, on a root that it cannot write': (objects) =>
    lacking(
      containers(objects),
      ({ container: { securityContext: own } }) =>
        own?.runAsNonRoot === true &&
        (own.runAsUser ?? 0) >= 10_000 &&
        own.readOnlyRootFilesystem === true &&
        own.allowPrivilegeEscalation === false &&
        own.privileged !== true &&
        own.capabilities?.drop?.includes('ALL') === true &&
        (own.capabilities.add ?? []).length === 0 &&
        own.seccompProfile?.type === 'RuntimeDefault',
      'may more than it needs',
    ),
  'no pod shares anything of its node': (objects) =>
    workloads(objects).flatMap(({ metadata, spec: { template } }) => {
      const { hostNetwork, hostPID, hostIPC, volumes = [] } = template.spec;
      const kinds = volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name');
      const strange = kinds.filter((key) => !['emptyDir', 'projected', 'persistentVolumeClaim'].includes(key));
      return hostNetwork || hostPID || hostIPC || strange.length > 0
        ? [`${metadata.name} does: ${strange.join()}`]
        : [];
    }),
  'a container writes to /tmp alone, within bounds, and mounts nothing that cannot change': (objects) =>
    containers(objects).flatMap(({ at, container: { volumeMounts = [] }, workload }) => {
      const { volumes = [] } = workload.spec.template.spec;
      return volumeMounts.flatMap(({ name, mountPath, readOnly, subPath }) => {
        if (subPath !== undefined) return [`${at}: ${mountPath} by subPath never sees a change`];
        if (mountPath !== WRITABLE) return readOnly === true ? [] : [`${at}: ${mountPath} can be written to`];
        const bounded = volumes.find((each) => each.name === name)?.emptyDir?.sizeLimit !== undefined;
        return bounded ? [] : [`${at}: ${mountPath} has no bounds`];
      });
    }),
  'no pod has a token of a service account, and none the default one': (objects) => {
    const accounts = new Map(ofKind(objects, 'ServiceAccount').map((each) => [each.metadata.name, each]));
    return workloads(objects).flatMap(({ metadata, spec: { template } }) => {
      const { serviceAccountName = 'default', automountServiceAccountToken } = template.spec;
      const account = accounts.get(serviceAccountName);
      if (account === undefined) return [`${metadata.name} uses ${serviceAccountName}, which is not of the chart`];
      const off = automountServiceAccountToken === false && account.automountServiceAccountToken === false;
      return off ? [] : [`${metadata.name} gets a token`];
    });
  },
  'every Deployment has a startup, a liveness and a readiness probe, and they ask for different things': (objects) =>
    lacking(
      containers(objects).filter(({ workload }) => workload.kind === 'Deployment'),
      ({ container: { startupProbe, livenessProbe, readinessProbe } }) =>
        startupProbe?.httpGet?.path === '/livez' &&
        livenessProbe?.httpGet?.path === '/livez' &&
        readinessProbe?.httpGet?.path === '/readyz',
      'lacks one, or asks /livez and /readyz for the wrong thing',
    ),
  'a pod is given longer to end than it takes at most': (objects) =>
    ofKind(objects, 'Deployment').flatMap((deployment) => {
      const { terminationGracePeriodSeconds = 30, containers: all } = deployment.spec.template.spec;
      const sleep = Math.max(0, ...all.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0));
      const own = Number(environmentOf(objects, deployment).SHUTDOWN_TIMEOUT_MS ?? SHUTDOWN_DEFAULT_MS) / 1000;
      const { name } = deployment.metadata;
      if (sleep === 0) return [`${name} ends before its endpoints are gone`];
      return terminationGracePeriodSeconds > sleep + own
        ? []
        : [`${name} is killed after ${terminationGracePeriodSeconds} s`];
    }),
  'every Deployment is spread over zones and nodes': (objects) =>
    ofKind(objects, 'Deployment').flatMap(({ metadata, spec: { template } }) => {
      const keys = (template.spec.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey);
      return keys.includes('topology.kubernetes.io/zone') && keys.includes('kubernetes.io/hostname')
        ? []
        : [`${metadata.name} is not`];
    }),
  'what ends is run by one Job at a time, within bounds, and is not started again when it has ended': (objects) =>
    ofKind(objects, 'CronJob').flatMap(({ metadata: { name }, spec: { concurrencyPolicy, jobTemplate } }) => {
      const { backoffLimit, activeDeadlineSeconds, template } = jobTemplate.spec;
      return [
        ...(concurrencyPolicy === 'Forbid' ? [] : [`${name} runs beside itself`]),
        ...(backoffLimit === undefined || activeDeadlineSeconds === undefined ? [`${name} may go on for ever`] : []),
        ...(template.spec.restartPolicy === 'Never' ? [] : [`${name} is started again`]),
      ];
    }),
  'a rollout takes no pod away before another can work': (objects) =>
    ofKind(objects, 'Deployment')
      .filter(({ spec: { strategy } }) => strategy?.rollingUpdate?.maxUnavailable !== 0)
      .map(({ metadata }) => `${metadata.name} does`),
};
