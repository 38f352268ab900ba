// Checked by the compiler: what the pipeline's users see of its rows.
import type { EpochDay, Instant, Row } from '@medallion/pipeline';
import { type bronze, type byRegion, type overallProgress, silver, type topCities } from './pipeline.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

type Silver = Row<typeof silver>;
ok<Equal<Row<typeof bronze>['timestamp'], string | null>>();
ok<Equal<Silver['timestamp'], Instant>>();
ok<Equal<Silver['delivery_id'], string>>();
ok<Equal<Silver['status'], 'en_route' | 'delivered' | 'delayed'>>();
ok<Equal<Silver['latitude'], number>>();
ok<Equal<Silver['delivery_timestamp'], Instant>>();
ok<Equal<Silver['delivery_date'], EpochDay>>();
ok<Equal<Silver['is_delayed'], boolean>>();
ok<Equal<Silver['effective_speed_kmh'], number | null>>();
ok<Equal<Silver['city'], string | null>>();
ok<Equal<Row<typeof byRegion>['region'], string | null>>();
ok<Equal<Row<typeof byRegion>['window_start'], Instant>>();
ok<Equal<Row<typeof byRegion>['success_rate'], number | null>>();
ok<Equal<Row<typeof byRegion>['gifts_delivered'], number>>();
ok<Equal<Row<typeof overallProgress>['total_events'], number>>();
ok<Equal<Row<typeof topCities>['latitude'], number>>();
ok<Equal<Row<typeof topCities>['rank_by_gifts'], number>>();

// @ts-expect-error a status that does not exist
silver.where('is late', (d) => d.status === 'late');
