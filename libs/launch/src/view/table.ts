import { cells, fit, type Line, type Span, span } from './line.ts';

/** A column: its head, and a cell for each row. */
export type Column = {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly Span[];
  /** Cells beyond this are cut; default 32. */
  readonly max?: number;
};

const GAP = 2;
const DEFAULT_MAX = 32;

const widthOf = (column: Column): number =>
  Math.min(column.max ?? DEFAULT_MAX, Math.max(cells(column.head), ...column.cells.map((cell) => cells(cell.text))));

/** The most important columns come first: as many of them as fit into `width`, at least one. */
function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let used = -GAP;
  const count = columns.findIndex((column) => {
    used += GAP + widthOf(column);
    return used > width;
  });
  return count < 0 ? columns : columns.slice(0, Math.max(1, count));
}

/** A head line and a line for each row, aligned; columns that do not fit are left out from the right. */
export function tableLines(columns: readonly Column[], width: number): Line[] {
  const shown = fitting(columns, width);
  const widths = shown.map(widthOf);
  const row = (of: (column: Column) => Span): Line =>
    shown.flatMap((column, i) => {
      const cell = of(column);
      const gap = i === 0 ? [] : [span(' '.repeat(GAP))];
      return [...gap, span(fit(cell.text, widths[i]!, column.align), cell.style)];
    });
  const rows = shown[0]?.cells.length ?? 0;
  return [
    row((column) => span(column.head, 'faint')),
    ...Array.from({ length: rows }, (_, i) => row((column) => column.cells[i] ?? span(''))),
  ];
}
