import { systemClock } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import { featuresOf } from '../../../services/dashboard/src/features.ts';
import { openApp } from '../../../services/dashboard/src/http/open-app.ts';
import { openParts } from '../../../services/dashboard/src/http/open-parts.ts';
import { testConfig } from '../../../services/dashboard/src/http/test-app.ts';
import { createLive } from '../../../services/dashboard/src/live/live.ts';
import type { Reader } from '../../../services/dashboard/src/parts.ts';
import { auditTo } from '../../../services/dashboard/src/security/audit.ts';
import { securityOf } from '../../../services/dashboard/src/security/security.ts';
import type { Journal } from '../engine/journal.ts';
import type { Route } from '../hostile/requests.ts';

/** A reader, and what is let go with it. */
export type OpenReader = { readonly reader: Reader; close(): Promise<void> };

/** The dashboard as it is served, with all its parts, not listening. */
export type Dashboard = {
  readonly app: Awaited<ReturnType<typeof openApp>>;
  readonly routes: readonly Route[];
  readonly statements: Statements;
  close(): Promise<void>;
};

/** Every statement that is sent to the database, with those of the request at hand apart. */
export class Statements {
  readonly texts = new Set<string>();
  #ofRequest: string[] = [];

  /** A request begins. */
  begin(): void {
    this.#ofRequest = [];
  }

  /** What the request at hand has had the database asked, with values of its own. */
  get ofRequest(): readonly string[] {
    return this.#ofRequest;
  }

  /** A reader whose statements are seen. */
  seenOf({ query, snapshot }: Reader): Reader {
    const seen = (within: Query): Query =>
      (async (sql: string, values?: readonly unknown[]) => {
        this.texts.add(sql);
        // Whether anything is new is asked for all, and says nothing about the request.
        if ((values?.length ?? 0) > 0 && !sql.includes('WITH leases')) this.#ofRequest.push(sql);
        return within(sql, values);
      }) as Query;
    return { query: seen(query), snapshot: (read) => snapshot((within) => read(seen(within))) };
  }
}

type Described = {
  readonly querystring?: { readonly properties?: Readonly<Record<string, Route['asks'][number]['schema']>> };
};

/** Opens it on a reader. */
export async function openDashboard({ reader, close }: OpenReader, { log }: Journal): Promise<Dashboard> {
  const statements = new Statements();
  const { parts, versions } = openParts({ reader: statements.seenOf(reader), clock: systemClock, log });
  const config = testConfig({
    AUTH: 'token',
    VIEWER_TOKEN: 'viewer-token-0123456789',
    OPERATOR_TOKEN: 'operator-token-0123456789',
  });
  const security = securityOf(config, { clock: systemClock, log, audit: auditTo({ log }), canRedrive: false });
  const features = featuresOf(parts, config, auditTo({ log }));
  const live = createLive({ versions, clock: systemClock, log, maxListeners: 0, pingMs: 60_000, channels: [] });
  const routes: Route[] = [];
  const limits = { requestsPerMinute: 1_000_000_000, answerMs: 120_000, loopDelayMs: 0, loopSampleMs: 60_000 };
  const app = await openApp({
    ...{ features, live, security, log, limits },
    before: (each) =>
      void each.addHook('onRoute', ({ method, url, schema }) => {
        const asks = Object.entries((schema as Described | undefined)?.querystring?.properties ?? {});
        const taken = asks.map(([name, described]) => ({ name, schema: described }));
        // The more it takes, the more often it is asked.
        for (const one of [method].flat())
          if (one !== 'HEAD' && !url.startsWith('/api/docs'))
            routes.push(...new Array<Route>(1 + taken.length).fill({ method: one, url, asks: taken }));
      }),
  });
  return {
    ...{ app, routes, statements },
    async close() {
      await app.close();
      versions.close();
      await Promise.all(features.map((feature) => feature.close?.()));
      await close();
    },
  };
}
