import type { Place, QuarantinedRow, RedriveRequest } from '../../../../src/contract/quality.ts';

/** So many rows can be named one by one; more go by their rule. */
export const MAX_PLACES = 1_000;

/** Which rows are to be redriven: all that the page shows by its filters, or those ticked. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'rows'; readonly places: ReadonlyMap<string, Place> };
export const NOTHING: Selection = { kind: 'rows', places: new Map() };

/** The quarantine that is looked at: of one table, and perhaps of one rule or outcome alone. */
export type Scope = { readonly table: string; readonly rule: string | null; readonly outcome: string | null };

export const placeKey = ({ table, topic, partition, offset, flow, index }: Place): string =>
  JSON.stringify([table, topic, partition, offset, flow, index]);

/** A place as people write it. */
export const placeText = ({ topic, partition, offset, index }: Place): string =>
  `${topic}:${partition}:${offset}${index === 0 ? '' : ` row ${index}`}`;

/** A row that was redriven already is redriven no second time. */
export const canChoose = ({ redrivenAt }: QuarantinedRow): boolean => redrivenAt === null;

export function isChosen(selection: Selection, row: QuarantinedRow): boolean {
  return canChoose(row) && (selection.kind === 'all' || selection.places.has(placeKey(row.place)));
}

/** One row ticked or not. Taking one out of "all" leaves the others of the page that is on show. */
export function toggled(selection: Selection, row: QuarantinedRow, shown: readonly QuarantinedRow[]): Selection {
  const places = new Map(
    selection.kind === 'rows' ? selection.places : shown.filter(canChoose).map(({ place }) => [placeKey(place), place]),
  );
  const key = placeKey(row.place);
  if (places.has(key)) places.delete(key);
  else if (canChoose(row) && places.size < MAX_PLACES) places.set(key, row.place);
  return { kind: 'rows', places };
}

/** All rows of the page ticked; none, where all of them were. */
export function pageToggled(selection: Selection, shown: readonly QuarantinedRow[]): Selection {
  const free = shown.filter(canChoose);
  if (free.length > 0 && free.every((row) => isChosen(selection, row))) {
    if (selection.kind === 'all') return NOTHING;
    const gone = new Set(free.map(({ place }) => placeKey(place)));
    return { kind: 'rows', places: new Map([...selection.places].filter(([key]) => !gone.has(key))) };
  }
  const places = new Map(selection.kind === 'rows' ? selection.places : []);
  for (const { place } of free) if (places.size < MAX_PLACES) places.set(placeKey(place), place);
  return { kind: 'rows', places };
}

/** What to ask the API for; null where nothing is chosen. */
export function requestOf(scope: Scope, selection: Selection, dryRun: boolean): RedriveRequest | null {
  const { table, rule, outcome } = scope;
  if (selection.kind === 'rows')
    return selection.places.size === 0 ? null : { table, places: [...selection.places.values()], dryRun };
  return { table, ...(rule === null ? {} : { rule }), ...(outcome === null ? {} : { outcome }), dryRun };
}
