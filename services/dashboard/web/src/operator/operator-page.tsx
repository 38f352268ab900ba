import type { JSX } from 'preact';
import type { Status } from '../api/contract.ts';
import { useResource } from '../api/resource.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { Page } from '../shell/page.tsx';
import { apiPath, SECTIONS, sectionPath } from './addresses.ts';
import './operator.css';
import './graph/graph.css';
import { OverviewPage } from './overview-page.tsx';
import { Staleness } from './parts/answer.tsx';
import { StateBadge } from './parts/state-badge.tsx';

/** The operator's page: `rest` is the address after the pipeline. */
export const OperatorPage = ({ pipeline, rest }: { pipeline: string; rest: string }): JSX.Element => (
  <Operator key={pipeline} pipeline={pipeline} rest={rest} />
);

const merged = (before: Status, message: unknown): Status => ({ ...before, ...(message as Partial<Status>) });

function Operator({ pipeline, rest }: { pipeline: string; rest: string }): JSX.Element {
  const status = useResource<Status>(apiPath(pipeline, ['status']), { pipeline, channel: 'status', merge: merged });
  const [section = '', ...parts] = rest.split('/').map(decodeURIComponent);
  const title = SECTIONS.find(({ name }) => name === section)?.title;
  const heading =
    section === 'tables' ? (parts[0] ?? '') : section === '' ? pipeline : `${title ?? 'No such page'}, ${pipeline}`;
  return (
    <Page
      title={heading}
      note={
        <>
          {status.data.value !== null && <StateBadge state={status.data.value.state} />}{' '}
          <Staleness at={status.at.value} />
        </>
      }
      tools={<Sections pipeline={pipeline} section={section} />}
    >
      {section === '' ? (
        <OverviewPage pipeline={pipeline} status={status.data} />
      ) : (
        <EmptyState title="There is nothing at this address" />
      )}
    </Page>
  );
}

const Sections = ({ pipeline, section }: { pipeline: string; section: string }): JSX.Element => (
  <nav class="sections" aria-label="Parts of the operator's page">
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
