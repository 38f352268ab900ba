import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from './pages.ts';
import { dashboardOf } from './panels.ts';

/** Where Grafana reads them (provisioning/dashboards). */
export const DASHBOARDS = join(import.meta.dirname, 'dashboards');

/** The files of all dashboards: name and text. */
export const dashboardFiles = (): readonly (readonly [name: string, text: string])[] =>
  pages.map((page) => [`${page.uid}.json`, `${JSON.stringify(dashboardOf(page), null, 2)}\n`]);

if (import.meta.main) for (const [name, text] of dashboardFiles()) writeFileSync(join(DASHBOARDS, name), text);
