import type { JSX } from 'preact';
import type { TableStatus } from '../../api/contract.ts';
import { Moment } from '../../components/age.tsx';
import { count, perSecond } from '../../format/numbers.ts';
import { Fact, Facts } from '../parts/facts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { counted, freshnessText, kindText, lagText } from '../words.ts';
import type { ShownNode } from './shown-graph.ts';

/** All facts of the table that is looked at, at a place that is always there. */
export function GraphFacts({ node, status }: { node: ShownNode | null; status: TableStatus | null }): JSX.Element {
  const [table] = node?.members ?? [];
  if (node === null || table === undefined || node.folded)
    return (
      <div class="graph-facts muted small">
        The wider a line and the faster its dots, the more records flow. Point at a table or tab to it for all that is
        known of it; arrow keys move the picture, + and − zoom, 0 shows all of it.
      </div>
    );
  return (
    <div class="graph-facts">
      <div class="graph-facts-name">
        <strong>{table.id}</strong>
        <span class="muted small">
          {kindText(table.kind)}
          {table.comment !== null && ` · ${table.comment}`}
        </span>
      </div>
      {status !== null && (
        <>
          <div class="graph-facts-state">
            <StateBadge state={status.state} />
            <span class="small">{status.why}</span>
          </div>
          <Facts>
            <Fact name="Rows">{perSecond(status.rowsPerSecond)}</Fact>
            <Fact name="Lag">{lagText(status)}</Fact>
            <Fact name="Complete up to">
              <Moment at={status.watermark} />
            </Fact>
            <Fact name="Newest row">{freshnessText(status.freshness)}</Fact>
            <Fact name="Accepted">{count(status.accepted)}</Fact>
            <Fact name="Quarantined">{count(status.quarantined)}</Fact>
            <Fact name="Broke a rule">
              {status.judged === 0 ? '–' : `${count(status.failed)} of ${counted(status.judged, 'judgement')}`}
            </Fact>
          </Facts>
        </>
      )}
    </div>
  );
}
