import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Status } from '../api/contract.ts';
import { type Resource, useResource } from '../api/resource.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { Page } from '../shell/page.tsx';
import { apiPath, SECTIONS, sectionPath } from './addresses.ts';
import '../styles/table.css';
import './operator.css';
import './graph/graph.css';
import './list/tables.css';
import './quality/quarantine.css';
import './details.css';
import { EventsPage } from './events/events-page.tsx';
import { LineagePage } from './lineage/lineage-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { Staleness } from './parts/answer.tsx';
import { StateBadge } from './parts/state-badge.tsx';
import { ExpectationsPage } from './quality/expectations-page.tsx';
import { QuarantinePage } from './quality/quarantine-page.tsx';
import { GroupsPage } from './readers/groups-page.tsx';
import { LeasesPage } from './readers/leases-page.tsx';
import { RedrivesPage } from './redrive/redrives-page.tsx';
import { SchemasPage } from './schemas/schemas-page.tsx';
import { TablePage } from './table/table-page.tsx';

/** The operator's page: `rest` is the address after the pipeline. */
export const OperatorPage = ({ pipeline, rest }: { pipeline: string; rest: string }): JSX.Element => (
  <Operator key={pipeline} pipeline={pipeline} rest={rest} />
);

/** As the live channel sends it: whole, or the members that changed. */
const merged = (before: Status, message: unknown): Status => ({ ...before, ...(message as Partial<Status>) });

function Operator({ pipeline, rest }: { pipeline: string; rest: string }): JSX.Element {
  const status = useResource<Status>(apiPath(pipeline, ['status']), { pipeline, channel: 'status', merge: merged });
  const [section = '', table = ''] = rest.split('/').map(decoded);
  return (
    <Page
      title={titleOf(pipeline, section, table)}
      note={
        <>
          {status.data.value !== null && (
            <a class="to-graph" href={sectionPath(pipeline, '')}>
              {section !== '' && <span class="muted">{pipeline}</span>}
              <span role="status">
                <StateBadge state={status.data.value.state} />
              </span>
              {section !== '' && <span class="visually-hidden">, to the graph</span>}
            </a>
          )}{' '}
          <Staleness at={status.at.value} />
        </>
      }
      tools={<Sections pipeline={pipeline} section={section} />}
    >
      <Section pipeline={pipeline} section={section} table={table} status={status} />
    </Page>
  );
}

type SectionProps = {
  readonly pipeline: string;
  readonly section: string;
  readonly table: string;
  readonly status: Resource<Status>;
};

function Section({ pipeline, section, table, status }: SectionProps): JSX.Element {
  switch (section) {
    case '':
      return <OverviewPage pipeline={pipeline} status={status} />;
    case 'tables':
      return <TablePage key={table} pipeline={pipeline} table={table} status={status.data} />;
    case 'expectations':
      return <ExpectationsPage pipeline={pipeline} />;
    case 'quarantine':
      return <QuarantinePage pipeline={pipeline} />;
    case 'redrives':
      return <RedrivesPage pipeline={pipeline} />;
    case 'events':
      return <EventsPage pipeline={pipeline} />;
    case 'schemas':
      return <SchemasPage pipeline={pipeline} />;
    case 'lineage':
      return <LineagePage pipeline={pipeline} />;
    case 'groups':
      return <GroupsPage pipeline={pipeline} />;
    case 'leases':
      return <LeasesPage pipeline={pipeline} />;
    default:
      return <EmptyState title="There is nothing at this address" />;
  }
}

function titleOf(pipeline: string, section: string, table: string): string {
  if (section === '') return pipeline;
  if (section === 'tables') return table;
  return SECTIONS.find(({ name }) => name === section)?.title ?? 'No such page';
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function Sections({ pipeline, section }: { pipeline: string; section: string }): JSX.Element {
  const nav = useRef<HTMLElement>(null);
  // On a phone the parts scroll: the one on show has to be in sight.
  useEffect(() => {
    const link = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (nav.current !== null && link != null) nav.current.scrollLeft = link.offsetLeft - nav.current.offsetLeft - 40;
  }, [section]);
  return (
    <nav ref={nav} class="sections" aria-label="Parts of the operator's page">
      {SECTIONS.map(({ name, title }) => (
        <a
          key={name}
          href={sectionPath(pipeline, name)}
          {...(name === section ? { 'aria-current': 'page' as const } : {})}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}
