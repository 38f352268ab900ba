import type { Clock, Log } from '@medallion/core';
import type { Config } from '@medallion/service';
import type { FastifyInstance } from 'fastify';
import type { Audit } from './audit.ts';
import type { securitySettings } from './settings.ts';

/** The settings that say who may look at the dashboard; `settings.ts` of this folder, and where it listens. */
export type SecurityConfig = Config<typeof securitySettings> & { readonly DASHBOARD_HOST: string };

/** What the dashboard is kept safe with. */
export type Security = {
  /** For `fastify({ … })`: TLS, and which proxies are believed. */
  readonly serverOptions: {
    readonly https: { readonly cert: Buffer; readonly key: Buffer; readonly minVersion: 'TLSv1.2' } | null;
    readonly trustProxy: string[] | false;
  };
  /**
   * Adds headers of all answers (helmet), who asks (`request.who`), what they may (`config.access`, a viewer where
   * nothing is said) and the routes of `/api/session` and `/api/login`. Before any other routes.
   */
  register(app: FastifyInstance): Promise<void>;
  /** Ends what it holds open: the watch over renewed certificates. */
  close(): void;
};

export type SecurityParts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Where what operators do is written down; the log alone when not given. */
  readonly audit?: Audit;
  /** Whether this dashboard was given what a redrive needs. */
  readonly canRedrive: boolean;
};
