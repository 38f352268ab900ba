import type { JSX } from 'preact';
import { Icon } from '../components/icon.tsx';
import { path } from '../router/match.ts';
import { currentPath } from '../router/router.ts';
import { chosenPipeline } from '../state/pipelines.ts';
import { LiveBadge } from './live-badge.tsx';
import { PipelineChooser } from './pipeline-chooser.tsx';
import { SessionMenu } from './session-menu.tsx';
import { ThemeToggle, ZoneToggle } from './theme-toggle.tsx';

type Entry = { readonly label: string; readonly to: string; readonly under: string };

function NavLink({ label, to, under }: Entry): JSX.Element {
  const here = currentPath.value;
  const current = here === to ? 'page' : under !== '/' && here.startsWith(under) ? 'true' : undefined;
  return (
    <a href={to} {...(current === undefined ? {} : { 'aria-current': current })}>
      {label}
    </a>
  );
}

/** What every page begins with: where one is, where one can go, and how fresh it all is. */
export function TopBar(): JSX.Element {
  const pipeline = chosenPipeline.value;
  return (
    <header class="top-bar">
      <a class="brand" href="/" aria-label="Medallion, to the night">
        <Icon name="star" filled />
        <span>Medallion</span>
      </a>
      <nav aria-label="Pages">
        <NavLink label="Night" to="/" under="/" />
        <NavLink label="Queries" to="/queries" under="/queries" />
        <NavLink label="Tables" to={path('pipelines', pipeline)} under="/pipelines" />
        <NavLink label="Operator" to={path('operator', pipeline)} under="/operator" />
      </nav>
      <div class="end">
        <LiveBadge />
        <PipelineChooser />
        <ZoneToggle />
        <ThemeToggle />
        <SessionMenu />
      </div>
    </header>
  );
}
