import type { KubernetesObject } from '../objects.ts';
import { clusterPolicies } from './cluster.ts';
import { configurationPolicies } from './configuration.ts';
import { podPolicies } from './pods.ts';
import type { Policies } from './policy.ts';

/** All policies, by what they ask for. */
export const policies: Policies = { ...podPolicies, ...configurationPolicies, ...clusterPolicies };

/** Those that hold only while a switch of the chart is on, and that switch. */
export const ONLY_WITH: Readonly<Record<string, string>> = {
  'every Deployment has one budget of disruptions': 'podDisruptionBudget.enabled',
  'every Deployment is spread over zones and nodes': 'topologySpread.enabled',
  'what no policy names is refused, in both directions': 'networkPolicy.enabled',
  'every pod has a policy of its own, which names ports everywhere': 'networkPolicy.enabled',
  'Postgres is reached by those alone that have something to do there': 'networkPolicy.enabled',
  'the ops port is open to monitoring, and to the dashboard for the services': 'networkPolicy.enabled',
};

/** What is wrong with the objects; `without`: switches that are off. */
export function broken(objects: readonly KubernetesObject[], without: readonly string[] = []): readonly string[] {
  return Object.entries(policies).flatMap(([name, policy]) => {
    const needs = ONLY_WITH[name];
    if (needs !== undefined && without.includes(needs)) return [];
    return policy(objects).map((problem) => `${name}: ${problem}`);
  });
}
