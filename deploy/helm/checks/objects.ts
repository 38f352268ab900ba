/** What is rendered, as far as the checks look into it. Unknown parts stay unknown. */
export type Labels = Readonly<Record<string, string>>;

export type Metadata = {
  readonly name: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
};

export type Probe = { readonly httpGet?: { readonly path: string; readonly port: string | number } };

export type Amounts = Readonly<Record<string, string | number>>;

export type SecurityContext = {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
};

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly unknown[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string }; readonly secretRef?: unknown }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts };
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
};

type Item = { readonly key: string; readonly path: string };
export type ProjectedSource = {
  readonly secret?: { readonly name: string; readonly items: readonly Item[] };
  readonly configMap?: { readonly name: string; readonly items: readonly Item[] };
};

export type Volume = {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
  readonly persistentVolumeClaim?: { readonly readOnly?: boolean };
};

export type PodSpec = {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly terminationGracePeriodSeconds?: number;
  readonly restartPolicy?: string;
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
};

export type PodTemplate = { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };

export type Selector = { readonly matchLabels?: Labels };
export type Peer = {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: unknown;
};
export type Port = { readonly protocol: string; readonly port: number };

type Typed<K extends string, Body> = {
  readonly kind: K;
  readonly apiVersion: string;
  readonly metadata: Metadata;
} & Body;

export type Deployment = Typed<
  'Deployment',
  {
    readonly spec: {
      readonly replicas?: number;
      readonly selector: Selector;
      readonly strategy?: { readonly rollingUpdate?: { readonly maxUnavailable?: number } };
      readonly template: PodTemplate;
    };
  }
>;
export type Job = Typed<'Job', { readonly spec: { readonly template: PodTemplate } }>;
/** Makes a Job at each moment of its schedule, or when somebody asks for one. */
export type CronJob = Typed<
  'CronJob',
  {
    readonly spec: {
      readonly schedule: string;
      readonly suspend?: boolean;
      readonly concurrencyPolicy?: string;
      readonly jobTemplate: {
        readonly spec: {
          readonly backoffLimit?: number;
          readonly activeDeadlineSeconds?: number;
          readonly template: PodTemplate;
        };
      };
    };
  }
>;
export type ConfigMap = Typed<'ConfigMap', { readonly data: Readonly<Record<string, string>> }>;
export type Secret = Typed<'Secret', { readonly stringData: Readonly<Record<string, string>> }>;
export type ServiceAccount = Typed<'ServiceAccount', { readonly automountServiceAccountToken?: boolean }>;
export type Budget = Typed<'PodDisruptionBudget', { readonly spec: { readonly selector: Selector } }>;
export type NetworkPolicy = Typed<
  'NetworkPolicy',
  {
    readonly spec: {
      readonly podSelector: Selector;
      readonly policyTypes: readonly string[];
      readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly Port[] }[];
      readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly Port[] }[];
    };
  }
>;
export type ScaledObject = Typed<
  'ScaledObject',
  {
    readonly spec: {
      readonly scaleTargetRef: { readonly name: string };
      readonly minReplicaCount: number;
      readonly maxReplicaCount: number;
      readonly triggers: readonly {
        readonly authenticationRef?: { readonly name: string };
        readonly metadata: Readonly<Record<string, string>>;
      }[];
    };
  }
>;
export type ExternalSecret = Typed<
  'ExternalSecret',
  {
    readonly spec: {
      readonly target: { readonly name: string };
      readonly data: readonly { readonly secretKey: string }[];
    };
  }
>;
type OtherKinds = 'Service' | 'Ingress' | 'ServiceMonitor' | 'PrometheusRule' | 'TriggerAuthentication';
type Other = { readonly [K in OtherKinds]: Typed<K, { readonly spec: unknown }> }[OtherKinds];

/** A rendered object. */
export type KubernetesObject =
  | Deployment
  | Job
  | CronJob
  | ConfigMap
  | Secret
  | ServiceAccount
  | Budget
  | NetworkPolicy
  | ScaledObject
  | ExternalSecret
  | Other;

/** The objects of a kind. */
export const ofKind = <K extends KubernetesObject['kind']>(
  objects: readonly KubernetesObject[],
  kind: K,
): readonly Extract<KubernetesObject, { readonly kind: K }>[] =>
  objects.filter((each): each is Extract<KubernetesObject, { readonly kind: K }> => each.kind === kind);

/** Whatever makes pods; a CronJob as the Job that it makes. */
export const workloads = (objects: readonly KubernetesObject[]): readonly (Deployment | Job)[] => [
  ...ofKind(objects, 'Deployment'),
  ...ofKind(objects, 'Job'),
  ...ofKind(objects, 'CronJob').map(
    ({ apiVersion, metadata, spec }): Job => ({
      ...{ kind: 'Job', apiVersion, metadata },
      spec: { template: spec.jobTemplate.spec.template },
    }),
  ),
];

/** Whether pods of these labels are selected; an empty selector selects all. */
export const selects = ({ matchLabels = {} }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value);

/** What the component is called, as its label has it. */
export const componentOf = ({ metadata }: KubernetesObject): string =>
  metadata.labels?.['app.kubernetes.io/component'] ?? '';

/** The environment of a workload: all of it stands in ConfigMaps. */
export function environmentOf(
  objects: readonly KubernetesObject[],
  { spec }: Deployment | Job,
): Readonly<Record<string, string>> {
  const names = spec.template.spec.containers.flatMap(({ envFrom = [] }) =>
    envFrom.map((each) => each.configMapRef?.name),
  );
  const maps = ofKind(objects, 'ConfigMap').filter(({ metadata }) => names.includes(metadata.name));
  return Object.assign({}, ...maps.map(({ data }) => data));
}
