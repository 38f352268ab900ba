import { controlTables, controlUpgrades } from './control-tables.ts';
import { controlViews } from './control-views.ts';
import { dayFunctions, dayTables } from './day-functions.ts';
import { FENCED, FINAL_MOVED, FINAL_TOUCHED } from './failures.ts';

/** Raised whenever a statement below changes; a database at this version is left alone. */
export const CONTROL_VERSION = 14;

/**
 * The lease step of a commit. It raises instead of answering, so that the statements which were sent behind it, in the
 * same round trip, come to nothing. The order matters: the shared lock first (advanceFinal takes it alone), then a
 * statement of its own, with a new snapshot, reads what is final.
 */
const takeStep = `
CREATE OR REPLACE FUNCTION medallion.take_step(
  a_pipeline text, sources text[], finals timestamptz[],
  topics text[], partitions integer[], epochs bigint[], froms bigint[], nexts bigint[],
  watermarks timestamptz[], idles boolean[], coordinates jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  source_name text;
  fenced jsonb := '[]';
BEGIN
  FOREACH source_name IN ARRAY sources LOOP
    PERFORM pg_advisory_xact_lock_shared(medallion.final_lock(a_pipeline, source_name));
  END LOOP;
  FOR i IN 1 .. cardinality(topics) LOOP
    UPDATE medallion.lease AS l
      SET next_offset = nexts[i], watermark = greatest(l.watermark, watermarks[i]), idle = idles[i],
          coordinates = take_step.coordinates -> (i - 1), updated_at = now()
      WHERE l.pipeline = a_pipeline AND l.topic = topics[i] AND l.partition = partitions[i]
        AND l.epoch = epochs[i] AND l.next_offset = froms[i];
    IF NOT FOUND THEN
      fenced := fenced || jsonb_build_object('topic', topics[i], 'partition', partitions[i]);
    END IF;
  END LOOP;
  IF fenced <> '[]' THEN
    RAISE EXCEPTION 'fenced' USING ERRCODE = '${FENCED}', DETAIL = fenced::text;
  END IF;
  PERFORM 1 FROM unnest(sources, finals) AS assumed(source, final_through)
    LEFT JOIN medallion.watermarks w ON w.pipeline = a_pipeline AND w.source = assumed.source
    WHERE coalesce(w.final_through, '-infinity') <> assumed.final_through;
  IF FOUND THEN
    RAISE EXCEPTION 'windows were closed' USING ERRCODE = '${FINAL_MOVED}';
  END IF;
END $$;
`;

const functions = `
CREATE OR REPLACE FUNCTION medallion.refuse_final(a_view text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a delta for % touches a session that is final', a_view USING ERRCODE = '${FINAL_TOUCHED}';
END $$;

CREATE OR REPLACE FUNCTION medallion.final_lock(a_pipeline text, a_source text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(a_pipeline || '/' || a_source, 20231224) $$;

CREATE OR REPLACE FUNCTION medallion.final_target(a_pipeline text, a_topic text, partitions integer) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT CASE
      WHEN count(*) < partitions THEN '-infinity'
      WHEN bool_and(idle) THEN max(watermark)
      ELSE min(watermark) FILTER (WHERE NOT idle)
    END
  FROM medallion.lease WHERE pipeline = a_pipeline AND topic = a_topic AND partition < partitions
$$;
${takeStep}
CREATE OR REPLACE FUNCTION medallion.move_final(a_pipeline text, a_source text, a_topic text, partitions integer)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  moved timestamptz;
BEGIN
  -- Waits for the commits that judged their rows by the former value, and holds up the next ones until this one is visible.
  PERFORM pg_advisory_xact_lock(medallion.final_lock(a_pipeline, a_source));
  INSERT INTO medallion.watermarks AS w (pipeline, source, final_through)
    VALUES (a_pipeline, a_source, coalesce(medallion.final_target(a_pipeline, a_topic, partitions), '-infinity'))
    ON CONFLICT (pipeline, source) DO UPDATE
      SET final_through = greatest(w.final_through, excluded.final_through), updated_at = now()
    RETURNING w.final_through INTO moved;
  RETURN moved;
END $$;

CREATE OR REPLACE FUNCTION medallion.close_by_clock(a_pipeline text, a_source text, a_topic text, partitions integer, clock timestamptz)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  reached timestamptz := medallion.move_final(a_pipeline, a_source, a_topic, partitions);
BEGIN
  -- move_final holds the lock until the end of the transaction.
  IF clock <= reached OR NOT (SELECT count(*) = partitions AND bool_and(idle) AND max(watermark) > '-infinity'
                              FROM medallion.lease
                              WHERE pipeline = a_pipeline AND topic = a_topic AND partition < partitions) THEN
    RETURN reached;
  END IF;
  UPDATE medallion.clock_closings SET through_time = clock
    WHERE pipeline = a_pipeline AND source = a_source AND through_time = reached;
  IF NOT FOUND THEN
    INSERT INTO medallion.clock_closings (pipeline, source, after_time, through_time) VALUES (a_pipeline, a_source, reached, clock);
  END IF;
  UPDATE medallion.watermarks SET final_through = clock, updated_at = now() WHERE pipeline = a_pipeline AND source = a_source;
  RETURN clock;
END $$;
`;

/** Everything in schema `medallion`. Each statement may be repeated. */
export const controlSchema = `${controlTables}${dayTables}${controlUpgrades}${functions}${dayFunctions}${controlViews}`;
