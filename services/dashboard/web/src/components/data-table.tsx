import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { compareCells } from '../format/cells.ts';
import { Icon } from './icon.tsx';
import { nextSort, type Sort, sorted } from './sort.ts';
import { useVirtual } from './use-virtual.ts';

export type DataColumn<R> = {
  readonly key: string;
  readonly label: string;
  /** What the column holds, shown when pointed at. */
  readonly hint?: string | undefined;
  readonly numeric?: boolean;
  /** Names the row: read out before its other cells. */
  readonly names?: boolean;
  /** Decides how two values compare; `string` where nothing is said, `double` for numeric ones. */
  readonly type?: string;
  /** What rows are sorted by. */
  readonly value: (row: R) => unknown;
  readonly show: (row: R) => ComponentChildren;
};

type DataTableProps<R> = {
  readonly caption: string;
  readonly columns: readonly DataColumn<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R, index: number) => string;
  readonly sort?: Sort | null;
  readonly sortable?: boolean;
  /** Where the rows are a page of many, the order is asked for instead of made here. */
  readonly onSort?: (sort: Sort | null) => void;
  /** The caption is for those who do not see the heading above it. */
  readonly captionHidden?: boolean;
  readonly class?: string;
};

const ROW_HEIGHT = 34;
/** Up to this many rows all are in the page, where the browser's search finds them. */
const ALL_IN_PAGE = 150;

/** Rows by columns, sorted by a click or by the keyboard; of long ones only the part in sight is in the page. */
export function DataTable<R>(props: DataTableProps<R>): JSX.Element {
  const { columns, rows, rowKey, sortable = true } = props;
  const [own, setOwn] = useState<Sort | null>(props.sort ?? null);
  const sort = props.onSort === undefined ? own : (props.sort ?? null);
  const setSort = props.onSort ?? setOwn;
  const scroller = useRef<HTMLDivElement>(null);
  const by = columns.find((column) => column.key === sort?.key);
  const ordered = useMemo(() => {
    if (sort === null || by === undefined || props.onSort !== undefined) return rows;
    const type = by.type ?? (by.numeric ? 'double' : 'string');
    return sorted(rows, sort.down, by.value, (a, b) => compareCells(a, b, type));
  }, [rows, sort, by]);
  const virtual = useVirtual(ordered.length, ROW_HEIGHT, scroller);
  const windowed = ordered.length > ALL_IN_PAGE;
  const items = windowed ? virtual.items.map((item) => item.index) : ordered.map((_, index) => index);
  const above = windowed ? (virtual.items[0]?.start ?? 0) : 0;
  const below = windowed ? virtual.total - (virtual.items.at(-1)?.end ?? 0) : 0;
  return (
    <section
      class={`table-scroll ${props.class ?? ''}`}
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard
      tabIndex={0}
      aria-label={`${props.caption}, table`}
    >
      <table class="data-table" {...(windowed ? { 'aria-rowcount': ordered.length + 1 } : {})}>
        <caption class={props.captionHidden ? 'visually-hidden' : undefined}>{props.caption}</caption>
        <thead>
          <tr {...(windowed ? { 'aria-rowindex': 1 } : {})}>
            {columns.map((column) => (
              <Head
                key={column.key}
                column={column}
                sort={sort?.key === column.key ? sort : null}
                onSort={sortable ? () => setSort(nextSort(sort, column.key, column.numeric ?? false)) : null}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Gap columns={columns.length} height={above} />}
          {items.map((index) => {
            const row = ordered[index];
            if (row === undefined) return null;
            return (
              <tr key={rowKey(row, index)} {...(windowed ? { 'aria-rowindex': index + 2 } : {})}>
                {columns.map((column) => {
                  const cell = { key: column.key, class: column.numeric ? 'numeric' : undefined };
                  return column.names ? (
                    <th {...cell} scope="row">
                      {column.show(row)}
                    </th>
                  ) : (
                    <td {...cell}>{column.show(row)}</td>
                  );
                })}
              </tr>
            );
          })}
          {below > 0 && <Gap columns={columns.length} height={below} />}
        </tbody>
      </table>
    </section>
  );
}

const Gap = ({ columns, height }: { columns: number; height: number }): JSX.Element => (
  <tr>
    <td class="gap" colSpan={columns} style={{ height: `${height}px` }} />
  </tr>
);

type HeadProps<R> = {
  readonly column: DataColumn<R>;
  readonly sort: Sort | null;
  readonly onSort: (() => void) | null;
};

function Head<R>({ column, sort, onSort }: HeadProps<R>): JSX.Element {
  const direction = sort === null ? 'none' : sort.down ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      class={column.numeric ? 'numeric' : undefined}
      title={column.hint}
      {...(onSort === null ? {} : { 'aria-sort': direction })}
    >
      {onSort === null ? (
        column.label
      ) : (
        <button type="button" onClick={onSort} class={sort === null ? undefined : 'sorted'}>
          <span>{column.label}</span>
          <Icon name={sort === null ? 'chevrons-up-down' : sort.down ? 'arrow-down' : 'arrow-up'} />
        </button>
      )}
    </th>
  );
}
