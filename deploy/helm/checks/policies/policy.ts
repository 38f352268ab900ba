import type { KubernetesObject } from '../objects.ts';

/** One thing that has to hold of all that is rendered; gives a sentence for each place where it does not. */
export type Policy = (objects: readonly KubernetesObject[]) => readonly string[];

/** Policies by what they ask for. */
export type Policies = Readonly<Record<string, Policy>>;
