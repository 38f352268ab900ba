import type { Feature, Parts } from '../parts.ts';
import { deliveriesChannel, deliveryRoutes } from './deliveries/deliveries-feature.ts';
import { overviewChannel, overviewRoutes } from './overview/overview-feature.ts';
import { queryRoutes } from './queries/routes.ts';
import { KnownTables } from './tables/known-tables.ts';
import { tableRoutes } from './tables/routes.ts';

/** What the business looks at: the flagship's numbers, its pre-built queries, and the tables of any pipeline. */
export function createBusinessFeature(parts: Parts): Feature {
  const known = new KnownTables(parts.reader, parts.clock);
  return {
    routes: (app) => {
      overviewRoutes(app, parts, known);
      deliveryRoutes(app, parts, known);
      queryRoutes(app, parts, known);
      tableRoutes(app, parts, known);
    },
    channels: [overviewChannel(parts), deliveriesChannel(parts, known)],
  };
}
