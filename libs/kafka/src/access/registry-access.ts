import type { SecretSource } from './secret-source.ts';

/** Who a client is to a schema registry, and by what it knows it. Files are read anew: the password's for each request. */
export type RegistryAccess = {
  readonly login?: { readonly username: string; readonly password: SecretSource };
  /** The authorities that the registry is trusted by (PEM); those of Node when absent. */
  readonly caFile?: string;
};
