import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Group } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Card } from '../../components/card.tsx';
import { type DataColumn, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { count } from '../../format/numbers.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { paced } from '../parts/paced.ts';
import { counted } from '../words.ts';
import { holderOf, lagOf } from './holders.ts';

const PACE_MS = 3_000;
type Partition = Group['partitions'][number];

/** The consumer groups: who is in each, which partitions they read, and what waits for them. */
export function GroupsPage({ pipeline }: { pipeline: string }): JSX.Element {
  const merge = useMemo(() => paced(PACE_MS), []);
  const groups = useResource<readonly Group[]>(apiPath(pipeline, ['groups']), { pipeline, channel: 'status', merge });
  return (
    <Answer of={groups} lines={8}>
      {(found) =>
        found.length === 0 ? (
          <EmptyState title="No group reads anything">Groups are there once the services have started.</EmptyState>
        ) : (
          found.map((group) => <GroupCard key={group.group} of={group} />)
        )
      }
    </Answer>
  );
}

/** Told in the head of a group that reads one alone. */
const TOPIC: DataColumn<Partition> = {
  ...{ key: 'topic', label: 'Topic', value: (row) => row.topic, show: (row) => row.topic },
};

function GroupCard({ of }: { of: Group }): JSX.Element {
  const lag = lagOf(of);
  const topics = new Set(of.partitions.map(({ topic }) => topic));
  const [only] = topics.size === 1 ? topics : [];
  const read = only === undefined ? null : `reads ${only}`;
  const note = [of.table, of.state.toLowerCase(), counted(of.members.length, 'member'), read]
    .filter(Boolean)
    .join(' · ');
  return (
    <Card
      title={of.group}
      note={note}
      actions={<span class={`small ${lag > 0 ? '' : 'muted'}`}>lag {count(lag)}</span>}
    >
      <DataTable<Partition>
        caption={`Partitions that ${of.group} reads`}
        captionHidden
        class={only === undefined ? 'tall' : 'tall even'}
        rows={of.partitions}
        rowKey={(row) => `${row.topic} ${row.partition}`}
        columns={[
          ...(only === undefined ? [TOPIC] : []),
          {
            key: 'partition',
            label: 'Partition',
            numeric: true,
            value: (row) => row.partition,
            show: (row) => row.partition,
          },
          {
            key: 'committed',
            label: 'Next to read',
            numeric: true,
            value: (row) => row.committed,
            show: (row) => count(row.committed),
          },
          { key: 'end', label: 'End', numeric: true, value: (row) => row.end, show: (row) => count(row.end) },
          { key: 'lag', label: 'Lag', numeric: true, value: (row) => row.lag, show: (row) => count(row.lag) },
          {
            ...{ key: 'member', label: 'Read by', value: (row) => holderOf(of, row) },
            show: (row) => holderOf(of, row) ?? <span class="tone warn">nobody</span>,
          },
        ]}
      />
    </Card>
  );
}
