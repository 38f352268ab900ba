import { errors } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { EventPage, Row } from '../contract/index.ts';
import { cursorOf, keyOf } from './cursor.ts';
import { instantText } from './safe-text.ts';

/** Which events. */
export type EventFilter = {
  readonly pipeline: string;
  readonly kind?: string | undefined;
  readonly subject?: string | undefined;
};

type Event = {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly subject: string;
  readonly detail: unknown;
};

/** Events among which kinds are looked for, and JSON of one that is shown. */
const LOOKED_AT = 10_000;
const SHOWN_JSON = 32_768;

const PAGE = `SELECT id, at, kind, subject, CASE WHEN length(detail::text) <= ${SHOWN_JSON} THEN detail ELSE '{}' END AS detail
FROM medallion.event_log
WHERE pipeline IN ($1, '*') AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR subject = $3) AND ($4::bigint IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5`;

const KINDS = `SELECT DISTINCT kind FROM (
  SELECT kind FROM medallion.event_log WHERE pipeline IN ($1, '*') ORDER BY id DESC LIMIT ${LOOKED_AT}) AS newest ORDER BY kind`;

/** What happened to a pipeline, or (`*`) to all of them, newest first. */
export async function eventPage(
  query: Query,
  { pipeline, kind, subject }: EventFilter,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<EventPage> {
  const before = keyOf(cursor, ['number']);
  const found = await query<Event>(PAGE, [pipeline, kind ?? null, subject ?? null, before?.[0] ?? null, limit + 1]);
  const kinds = await query<{ kind: string }>(KINDS, [pipeline]);
  const shown = found.slice(0, limit);
  return {
    events: shown.map(({ id, at, kind: what, subject: of, detail }) => ({
      ...{ id, at: instantText(at)!, kind: what, subject: of },
      ...told(detail),
      detail: (typeof detail === 'object' && !Array.isArray(detail) ? (detail ?? {}) : { value: detail }) as Row,
    })),
    kinds: kinds.map((each) => each.kind),
    nextCursor: found.length > limit ? cursorOf([shown.at(-1)!.id]) : null,
  };
}

/** The code that an event names, where it is one of the catalogue, and what to do, with what the event says of it. */
export function told(detail: unknown): { readonly code: string | null; readonly remedy: string | null } {
  const of = (typeof detail === 'object' && detail !== null ? detail : {}) as Record<string, unknown>;
  const { code } = of;
  if (typeof code !== 'string' || !Object.hasOwn(errors, code)) return { code: null, remedy: null };
  const { remedy } = errors[code as keyof typeof errors];
  const filled = remedy.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(of, name) ? of[name] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : `<${name}>`;
  });
  return { code, remedy: filled };
}
