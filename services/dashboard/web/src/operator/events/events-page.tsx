import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { EventPage } from '../../api/contract.ts';
import { Age, Moment } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { currentSearch, setSearch } from '../../router/router.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { Choice } from '../parts/filters.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { paced } from '../parts/paced.ts';
import { usePages } from '../parts/use-pages.tsx';
import { detailText, kindText } from '../words.ts';

const PACE_MS = 3_000;
type Event = EventPage['events'][number];

/** What happened to tables, leases and people's data, newest first; with what to do where something is wrong. */
export function EventsPage({ pipeline }: { pipeline: string }): JSX.Element {
  const search = currentSearch.value;
  const [kind, subject] = [search.get('kind'), search.get('subject')];
  const merge = useMemo(() => paced(PACE_MS), []);
  const pages = usePages<EventPage>(apiPath(pipeline, ['events'], { kind, subject }), {
    pipeline,
    channel: 'status',
    merge,
  });
  return (
    <Card title="Events" note="newest first; who redrove what is among them">
      <Answer of={pages.first} lines={8}>
        {(first) => (
          <>
            <div class="row filters">
              <Choice label="Kind" name="kind" value={kind} options={first.kinds} />
              <label class="field">
                Subject
                <input
                  type="search"
                  placeholder="a table, topic or flow"
                  value={subject ?? ''}
                  onChange={(event) => setSearch({ subject: event.currentTarget.value.trim() })}
                />
              </label>
            </div>
            {first.events.length === 0 ? (
              <EmptyState
                title={kind === null && subject === null ? 'Nothing has happened yet' : 'No event is like that'}
              />
            ) : (
              <ol class="event-list" aria-label="Events, newest first">
                {pages.pages.flatMap((page) => page.events.map((event) => <EventItem key={event.id} event={event} />))}
              </ol>
            )}
            <MoreButton of={pages} />
          </>
        )}
      </Answer>
    </Card>
  );
}

function EventItem({ event }: { event: Event }): JSX.Element {
  const detail = Object.entries(event.detail);
  return (
    <li class={event.code === null ? '' : 'coded'}>
      <p class="event-when small muted">
        <Moment at={event.at} /> · <Age at={event.at} />
      </p>
      <div>
        <p>
          <strong>{kindText(event.kind)}</strong>{' '}
          <button
            type="button"
            class="link"
            title="Only events of this subject"
            onClick={() => setSearch({ subject: event.subject })}
          >
            {event.subject}
          </button>{' '}
          {event.code !== null && <code>{event.code}</code>}
        </p>
        {event.remedy !== null && <p class="small">{event.remedy}</p>}
        {detail.length > 0 && (
          <dl class="detail small">
            {detail.map(([name, value]) => (
              <div key={name}>
                <dt>{kindText(name)}</dt>
                <dd>{detailText(value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}
