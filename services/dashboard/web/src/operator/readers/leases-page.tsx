import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Lease } from '../../api/contract.ts';
import { useResource } from '../../api/resource.ts';
import { Age, Moment } from '../../components/age.tsx';
import { Card } from '../../components/card.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { count } from '../../format/numbers.ts';
import { apiPath } from '../addresses.ts';
import { Answer } from '../parts/answer.tsx';
import { paced } from '../parts/paced.ts';
import { counted } from '../words.ts';
import { holders } from './holders.ts';

const PACE_MS = 2_000;

/** Who may commit for which partition, in which epoch, and how far they are. */
export function LeasesPage({ pipeline }: { pipeline: string }): JSX.Element {
  const merge = useMemo(() => paced(PACE_MS), []);
  const leases = useResource<readonly Lease[]>(apiPath(pipeline, ['leases']), { pipeline, channel: 'status', merge });
  return (
    <Card title="Leases" note="who commits to the gold tables; a higher epoch ends an older holder">
      <Answer of={leases} lines={8}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState title="No lease is held">
              There is one for each partition, once the gold service has started.
            </EmptyState>
          ) : (
            <>
              <ul class="row small">
                {holders(found).map(({ owner, leases: n }) => (
                  <li key={owner} class="chip">
                    {owner}: {counted(n, 'lease')}
                  </li>
                ))}
              </ul>
              <LeaseTable leases={found} />
            </>
          )
        }
      </Answer>
    </Card>
  );
}

const LeaseTable = ({ leases }: { leases: readonly Lease[] }): JSX.Element => (
  <DataTable<Lease>
    caption="Leases by partition"
    captionHidden
    class="tall"
    rows={leases}
    rowKey={(row) => `${row.topic} ${row.partition}`}
    columns={[
      { key: 'topic', label: 'Topic', value: (row) => row.topic, show: (row) => row.topic },
      {
        key: 'partition',
        label: 'Partition',
        numeric: true,
        value: (row) => row.partition,
        show: (row) => row.partition,
      },
      {
        key: 'owner',
        label: 'Held by',
        value: (row) => row.owner,
        show: (row) => row.owner || <span class="tone warn">nobody</span>,
      },
      { key: 'epoch', label: 'Epoch', numeric: true, value: (row) => row.epoch, show: (row) => count(row.epoch) },
      {
        key: 'next',
        label: 'Next offset',
        numeric: true,
        value: (row) => row.nextOffset,
        show: (row) => count(row.nextOffset),
      },
      { key: 'lag', label: 'Lag', numeric: true, value: (row) => row.lag, show: (row) => count(row.lag) },
      {
        ...{ key: 'watermark', label: 'Watermark', value: (row) => row.watermark },
        show: (row) => (
          <>
            <Moment at={row.watermark} /> {row.idle && <span class="muted small">idle</span>}
          </>
        ),
      },
      {
        key: 'updated',
        label: 'Last commit',
        value: (row) => row.updatedAt,
        show: (row) => <Age at={row.updatedAt} />,
      },
    ]}
  />
);
