import { NODE_ARGUMENTS, NODE_ENVIRONMENT } from '@medallion/devstack';
import {
  componentOf,
  type Deployment,
  environmentOf,
  type Job,
  type KubernetesObject,
  ofKind,
  workloads,
} from '../objects.ts';
import type { Policies } from './policy.ts';

const SECRET_NAME = /(PASSWORD|TOKEN|SECRET|ACCESS_KEY_ID|_KEY)$/;
const URL_WITH_PASSWORD = /:\/\/[^/@\s:]*:[^/@\s]+@/;
const hook = 'helm.sh/hook';
/** A rollback too: services of the former version refuse tables that are another version's. */
const MOMENTS = ['pre-install', 'pre-upgrade', 'pre-rollback'];

/** Not all arguments of Node can stand in NODE_OPTIONS. */
const inOptions = (argument: string): boolean => process.allowedNodeEnvironmentFlags.has(argument.replace(/=.*/, ''));

const weightOf = ({ metadata }: KubernetesObject): number => Number(metadata.annotations?.['helm.sh/hook-weight'] ?? 0);
const isHook = ({ metadata }: KubernetesObject): boolean => metadata.annotations?.[hook] !== undefined;

/** Secrets that the chart itself makes: by name, with their keys. */
const ownSecrets = (objects: readonly KubernetesObject[]): ReadonlyMap<string, readonly string[]> =>
  new Map([
    ...ofKind(objects, 'Secret').map(({ metadata, stringData }): [string, string[]] => [
      metadata.name,
      Object.keys(stringData),
    ]),
    ...ofKind(objects, 'ExternalSecret').map(({ spec }): [string, string[]] => [
      spec.target.name,
      spec.data.map(({ secretKey }) => secretKey),
    ]),
  ]);

/** The files below /etc/medallion that a workload mounts, and where each comes from. */
const mounted = ({ spec: { template } }: Deployment | Job) => {
  const { volumes = [], containers } = template.spec;
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  return volumes.flatMap(({ name, projected }) =>
    (projected?.sources ?? []).flatMap(({ secret, configMap }) =>
      [secret, configMap].flatMap((source) =>
        (source?.items ?? []).map(({ key, path }) => ({
          path: `${mounts.find((mount) => mount.name === name)?.mountPath}/${path}`,
          secret: secret === undefined ? null : { name: secret.name, key },
        })),
      ),
    ),
  );
};

/** What the configuration has to be, and where secrets may stand. */
export const configurationPolicies: Policies = {
  'no secret is in the environment': (objects) => [
    ...workloads(objects).flatMap(({ metadata, spec }) =>
      spec.template.spec.containers
        .filter(
          ({ env = [], envFrom = [] }) => env.length > 0 || envFrom.some(({ secretRef }) => secretRef !== undefined),
        )
        .map(() => `${metadata.name} has variables beside its ConfigMap`),
    ),
    ...ofKind(objects, 'ConfigMap').flatMap(({ metadata, data }) =>
      Object.entries(data)
        .filter(([name, value]) => SECRET_NAME.test(name) || URL_WITH_PASSWORD.test(value))
        .map(([name]) => `${metadata.name} holds ${name}`),
    ),
  ],
  'every value of a ConfigMap is text as a service reads it': (objects) =>
    ofKind(objects, 'ConfigMap').flatMap(({ metadata, data }) =>
      Object.entries(data)
        .filter(
          ([, value]) =>
            typeof value !== 'string' || /^[\d.]+e[+-]\d+$/.test(value) || /^\[|^map\[|<no value>/.test(value),
        )
        .map(([name, value]) => `${metadata.name}: ${name} is ${JSON.stringify(value)}`),
    ),
  'every file that a setting names is mounted, and every one that is mounted is named': (objects) =>
    workloads(objects).flatMap((workload) => {
      const named = Object.values(environmentOf(objects, workload)).flatMap(
        (value) => value.match(/\/etc\/medallion\/[\w./-]+/g) ?? [],
      );
      const there = mounted(workload).map(({ path }) => path);
      const problems = [
        ...named.filter((path) => !there.includes(path)).map((path) => `${path} is not mounted`),
        ...there.filter((path) => !named.includes(path)).map((path) => `${path} is named by no setting`),
      ];
      return problems.map((problem) => `${workload.metadata.name}: ${problem}`);
    }),
  'every object of the chart that another names is there': (objects) => {
    const has = (kind: KubernetesObject['kind'], name: string): boolean =>
      objects.some((each) => each.kind === kind && each.metadata.name === name);
    const secrets = ownSecrets(objects);
    return workloads(objects).flatMap((workload) => {
      const { metadata, spec } = workload;
      const { containers, serviceAccountName = '' } = spec.template.spec;
      const maps = containers.flatMap(({ envFrom = [] }) =>
        envFrom.map(({ configMapRef }) => configMapRef?.name ?? ''),
      );
      const own = mounted(workload).flatMap(({ secret }) => (secret?.name.startsWith(metadata.name) ? [secret] : []));
      return [
        ...maps.filter((name) => !has('ConfigMap', name)).map((name) => `${metadata.name}: no ConfigMap ${name}`),
        ...(has('ServiceAccount', serviceAccountName) ? [] : [`${metadata.name}: no ServiceAccount`]),
        ...own
          .filter(({ name, key }) => !secrets.get(name)?.includes(key))
          .map(({ name, key }) => `${metadata.name}: no ${key} in Secret ${name}`),
      ];
    });
  },
  'every container has the settings of Node’s memory': (objects) =>
    workloads(objects).flatMap((workload) => {
      const env = environmentOf(objects, workload);
      const options = (env.NODE_OPTIONS ?? '').split(' ');
      const lacks = [
        ...NODE_ARGUMENTS.filter((argument) => inOptions(argument) && !options.includes(argument)),
        ...Object.entries(NODE_ENVIRONMENT)
          .filter(([name, value]) => env[name] !== value)
          .map(([name]) => name),
      ];
      const replaced = workload.spec.template.spec.containers.filter(({ command }) => command !== undefined);
      return [
        ...lacks.map((each) => `${workload.metadata.name} lacks ${each}`),
        ...replaced.map(({ name }) => `${name} replaces the image's way in, which gives Node the rest`),
      ];
    }),
  'the migration finds all that it needs before anything else is installed': (objects) =>
    ofKind(objects, 'Job').flatMap((job) => {
      const own = objects.filter((each) => each.metadata.name === job.metadata.name && each !== job);
      return [
        ...MOMENTS.filter((moment) => !job.metadata.annotations?.[hook]?.split(',').includes(moment)).map(
          (moment) => `${job.metadata.name} does not run ${moment}`,
        ),
        ...own
          .filter((each) => !isHook(each) || weightOf(each) >= weightOf(job))
          .map((each) => `${each.kind} ${each.metadata.name} comes too late`),
        ...own
          .filter((each) => each.metadata.annotations?.[hook] !== job.metadata.annotations?.[hook])
          .map((each) => `${each.kind} ${each.metadata.name} is of another hook`),
      ];
    }),
  'services change nothing where a migration does': (objects) => {
    const expected = ofKind(objects, 'Job').length > 0 ? 'verify' : 'auto';
    return workloads(objects).flatMap((workload) => {
      const env = environmentOf(objects, workload);
      if (env.PIPELINES === undefined || componentOf(workload) === 'migrate') return [];
      return env.MIGRATE === expected ? [] : [`${workload.metadata.name} has MIGRATE=${env.MIGRATE}`];
    });
  },
};
