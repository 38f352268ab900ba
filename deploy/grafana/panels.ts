import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  type DataSourceRef,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimePanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** The provisioned data source (provisioning/datasources). */
const SOURCE: DataSourceRef = { type: 'prometheus', uid: 'prometheus' };

const HALF = 12;
const QUARTER = 6;

/** A panel: a title that says what is shown, expressions by their legend, and the unit of the values. */
export type Panel = {
  readonly title: string;
  readonly help?: string;
  readonly unit: string;
  readonly show: readonly (readonly [expression: string, legend: string])[];
  /** A single figure, red from this value on (or up to it, when low is bad), instead of lines over time. */
  readonly figure?: { readonly bad: number; readonly when: 'above' | 'below' };
  /** A line where it becomes bad, as the alert has it. */
  readonly limit?: number;
};

/** A dashboard: rows of panels. */
export type Page = {
  readonly uid: string;
  readonly title: string;
  readonly from: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
};

const query = (expression: string, legend: string, instant: boolean): DataqueryBuilder => {
  const made = new DataqueryBuilder().expr(expression).legendFormat(legend).datasource(SOURCE);
  return instant ? made.instant() : made.range();
};

const steps = (values: readonly (readonly [number | null, string])[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(values.map(([value, color]) => ({ value, color }) as { value: number; color: string }));

function figure(panel: Panel, { bad, when }: NonNullable<Panel['figure']>): StatPanel {
  const [low, high] = when === 'above' ? ['green', 'red'] : ['red', 'green'];
  const made = new StatPanel().title(panel.title).unit(panel.unit).datasource(SOURCE).height(4).span(QUARTER);
  made.thresholds(
    steps([
      [null, low!],
      [bad, high!],
    ]),
  );
  made.reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  for (const [expression, legend] of panel.show) made.withTarget(query(expression, legend, true));
  return made;
}

function lines(panel: Panel): TimePanel {
  const made = new TimePanel().title(panel.title).unit(panel.unit).datasource(SOURCE).height(8).span(HALF).min(0);
  if (panel.limit !== undefined) {
    made.thresholds(
      steps([
        [null, 'green'],
        [panel.limit, 'red'],
      ]),
    );
    made.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  for (const [expression, legend] of panel.show) made.withTarget(query(expression, legend, false));
  return made;
}

/** A page as Grafana's JSON; `$pipeline` in expressions is what its reader has chosen. */
export function dashboardOf({ uid, title, from, rows }: Page): Dashboard {
  const made = new DashboardBuilder(`Medallion: ${title}`)
    .uid(uid)
    .tags(['medallion'])
    .refresh('30s')
    .time({ from, to: 'now' })
    .timezone('browser')
    .readonly()
    .withVariable(
      new QueryVariableBuilder('pipeline')
        .label('Pipeline')
        .datasource(SOURCE)
        .query({ query: 'label_values(medallion_records_in_total, pipeline)', refId: 'pipelines' })
        .multi(true)
        .includeAll(true)
        .allValue('.+'),
    );
  let id = 1;
  for (const row of rows) {
    made.withRow(new RowBuilder(row.title).id(id++));
    for (const panel of row.panels) {
      const built = panel.figure === undefined ? lines(panel) : figure(panel, panel.figure);
      built.id(id++);
      made.withPanel(panel.help === undefined ? built : built.description(panel.help));
    }
  }
  return made.build();
}
