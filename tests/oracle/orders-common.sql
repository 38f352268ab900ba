-- The raw input as it was sent, and how JSON becomes columns. What does not fit a column is null in it.

CREATE TABLE oracle.records (topic text, partition int, "offset" bigint, key text, value text);
-- `line` counts the lines of a file from 0; blank ones are no lines.
CREATE TABLE oracle.lines (folder text, file text, line int, value text);
CREATE TABLE oracle.snapshot_rows (folder text, file text, fields jsonb);

CREATE FUNCTION oracle.json_of(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN value IS JSON OBJECT THEN value::jsonb END $$;
CREATE FUNCTION oracle.text_of(j jsonb, name text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE jsonb_typeof(j -> name) WHEN 'string' THEN j ->> name END $$;
CREATE FUNCTION oracle.number_of(j jsonb, name text) RETURNS numeric LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE jsonb_typeof(j -> name) WHEN 'number' THEN (j ->> name)::numeric END $$;
CREATE FUNCTION oracle.instant_of(value text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN value ~ '^\d{4}-(0\d|1[0-2])-[0-3]\dT\d\d:\d\d:\d\d(\.\d+)?Z$' THEN value::timestamptz END $$;
-- The day in UTC; a plain cast would depend on the session.
CREATE FUNCTION oracle.day_of(value timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS
  $$ SELECT (value AT TIME ZONE 'UTC')::date $$;
-- The fields of an object that are not among these, and those that did not fit their column; null for none.
CREATE FUNCTION oracle.rescued_of(j jsonb, declared text[], misfits text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT nullif(coalesce(jsonb_object_agg(key, value), '{}'), '{}') FROM jsonb_each(j)
  WHERE key <> ALL (declared) OR key = ANY (misfits)
$$;
