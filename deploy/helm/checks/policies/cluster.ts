import {
  componentOf,
  type Deployment,
  environmentOf,
  type Job,
  type KubernetesObject,
  type NetworkPolicy,
  ofKind,
  selects,
  workloads,
} from '../objects.ts';
import type { Policies } from './policy.ts';

const OPS_PORT = 9100;
/** Who has anything to do in Postgres. */
const DATABASE_USERS = ['migrate', 'gold-aggregate', 'dashboard'];

const labelsOf = ({ spec }: Deployment | Job) => spec.template.metadata.labels;

const policiesOf = (objects: readonly KubernetesObject[], workload: Deployment | Job): readonly NetworkPolicy[] =>
  ofKind(objects, 'NetworkPolicy').filter(({ spec }) => selects(spec.podSelector, labelsOf(workload)));

const databasePort = (objects: readonly KubernetesObject[]): number | null => {
  for (const workload of workloads(objects)) {
    const address = environmentOf(objects, workload).DATABASE_URL;
    if (address !== undefined) return Number(new URL(address).port);
  }
  return null;
};

/** How the parts stand to each other in a cluster. */
export const clusterPolicies: Policies = {
  'every Deployment has one budget of disruptions': (objects) =>
    ofKind(objects, 'Deployment').flatMap((deployment) => {
      const budgets = ofKind(objects, 'PodDisruptionBudget').filter(({ spec }) =>
        selects(spec.selector, labelsOf(deployment)),
      );
      return budgets.length === 1 ? [] : [`${deployment.metadata.name} has ${budgets.length}`];
    }),
  'a Deployment selects its own pods, and by nothing that changes with a version': (objects) =>
    ofKind(objects, 'Deployment').flatMap((deployment) => {
      const { name } = deployment.metadata;
      const { selector } = deployment.spec;
      const own = ofKind(objects, 'Deployment').filter((each) => selects(selector, labelsOf(each)));
      const changing = Object.keys(selector.matchLabels ?? {}).filter((key) => /version|chart|managed/.test(key));
      return own.length === 1 && own[0] === deployment && changing.length === 0 ? [] : [`${name} does not`];
    }),
  'what no policy names is refused, in both directions': (objects) => {
    const closed = ({ spec }: NetworkPolicy): boolean =>
      spec.policyTypes.includes('Ingress') &&
      spec.policyTypes.includes('Egress') &&
      (spec.ingress ?? []).length === 0 &&
      (spec.egress ?? []).length === 0;
    return workloads(objects)
      .filter((workload) => !policiesOf(objects, workload).some(closed))
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => `${metadata.name} is open`);
  },
  'every pod has a policy of its own, which names ports everywhere': (objects) =>
    workloads(objects).flatMap((workload) => {
      const own = policiesOf(objects, workload).find(({ metadata }) => metadata.name === workload.metadata.name);
      if (own === undefined) return [`${workload.metadata.name} has none`];
      const rules = [...(own.spec.ingress ?? []), ...(own.spec.egress ?? [])];
      const both = own.spec.policyTypes.length === 2;
      return both && rules.every(({ ports = [] }) => ports.length > 0) ? [] : [`${workload.metadata.name}: any port`];
    }),
  'Postgres is reached by those alone that have something to do there': (objects) => {
    const port = databasePort(objects);
    return workloads(objects).flatMap((workload) => {
      const egress = policiesOf(objects, workload).flatMap(({ spec }) => spec.egress ?? []);
      const reaches = egress.some(({ ports = [] }) => ports.some((each) => each.port === port));
      const should = DATABASE_USERS.includes(componentOf(workload));
      return port === null || reaches === should
        ? []
        : [`${workload.metadata.name} ${reaches ? 'reaches it' : 'does not'}`];
    });
  },
  'the ops port is open to monitoring, and to the dashboard for the services': (objects) =>
    ofKind(objects, 'Deployment').flatMap((deployment) => {
      const { name } = deployment.metadata;
      const rules = policiesOf(objects, deployment).flatMap(({ spec }) => spec.ingress ?? []);
      const peers = rules
        .filter(({ ports = [] }) => ports.some(({ port }) => port === OPS_PORT))
        .map(({ from }) => from);
      if (peers.length === 0) return [`${name}: nobody may look`];
      if (peers.some((from) => (from ?? []).length === 0)) return [`${name}: anybody may look`];
      const wide = peers.flat().filter((peer) => peer?.ipBlock !== undefined || isWide(peer?.namespaceSelector));
      return wide.length > 0 ? [`${name}: too many may look`] : [];
    }),
  'a scaled Deployment leaves its number to KEDA, and that one stops at the partitions': (objects) =>
    ofKind(objects, 'ScaledObject').flatMap(({ metadata: { name }, spec }) => {
      const target = ofKind(objects, 'Deployment').find((each) => each.metadata.name === spec.scaleTargetRef.name);
      if (target === undefined) return [`${name} scales nothing that is there`];
      const secured = (environmentOf(objects, target).KAFKA_SASL_MECHANISM ?? 'none') !== 'none';
      const known = ofKind(objects, 'TriggerAuthentication').map(({ metadata }) => metadata.name);
      return [
        ...(target.spec.replicas === undefined ? [] : [`${name}: its Deployment fixes the number`]),
        ...(spec.minReplicaCount < 1 ? [`${name} scales to nothing`] : []),
        ...(spec.triggers.length === 0 ? [`${name} looks at nothing`] : []),
        ...spec.triggers
          .filter(({ metadata }) => metadata.allowIdleConsumers !== 'false')
          .map(({ metadata }) => `${name}: more pods than partitions of ${metadata.topic}`),
        ...spec.triggers
          .filter(({ authenticationRef: auth }) => secured && (auth === undefined || !known.includes(auth.name)))
          .map(({ metadata }) => `${name}: ${metadata.topic} is asked for by nobody`),
      ];
    }),
};

const isWide = (selector: { readonly matchLabels?: object } | undefined): boolean =>
  selector !== undefined && Object.keys(selector).length === 0;
