import { beside, type Line, line } from './line.ts';
import type { View } from './model.ts';
import {
  goldLines,
  headerLines,
  helpLines,
  noteLines,
  problemLines,
  qualitySummary,
  refusedLines,
  ruleLines,
  stageLines,
  stepLines,
  stepSummary,
} from './sections.ts';

/** The size of a terminal in cells. */
export type Size = { readonly width: number; readonly height: number };

/** Below it, what is told in tables is told in one line. */
const ROOMY_HEIGHT = 36;
/** From it on, two blocks fit side by side. */
const WIDE = 90;
/** A table that has fewer rows than this shows says too little to be worth its heading. */
const LEAST_ROWS = 1;
const MOST_ROWS = 8;
/** Where not all gold tables fit, the next ones are shown after so long. */
const TURN_MS = 5_000;

const GAP: Line = [];

/** The lines of a full terminal: no more than its height; each is cut to its width when it is painted. */
export function screenLines(view: View, { width, height }: Size): Line[] {
  const lines = view.phase === 'running' ? runningLines(view, width, height) : comingLines(view, width);
  return lines.slice(0, height);
}

/** While things come up or stop: what has happened so far, and what is wrong. */
const comingLines = (view: View, width: number): Line[] => [
  ...headerLines(view, width),
  GAP,
  ...(view.phase === 'starting' ? stepLines(view) : stageLines(view, width)),
  GAP,
  ...problemLines(view, width),
  ...noteLines(view, 8),
  ...helpLines(view, width),
];

function runningLines(view: View, width: number, height: number): Line[] {
  const roomy = height >= ROOMY_HEIGHT;
  const gap = roomy ? [GAP] : [];
  const above = [
    ...headerLines(view, width),
    ...(roomy ? stepSummary(view, width) : []),
    ...gap,
    ...stageLines(view, width),
    ...gap,
    ...(roomy ? qualityLines(view, width) : qualitySummary(view, width)),
    ...gap,
    ...problemLines(view, width),
    ...noteLines(view, roomy ? 3 : 1),
  ];
  const below = helpLines(view, width);
  const gold = goldBlock(view, width, height - above.length - below.length - gap.length - 1);
  const legend =
    gold.length === 0 ? [] : [line('gold, newest rows: ● final ○ provisional, its window is open', 'faint')];
  return [...above, ...legend, ...gold, ...gap, ...below];
}

function qualityLines(view: View, width: number): Line[] {
  if (width < WIDE) return [...ruleLines(view, width), GAP, ...refusedLines(view, width)];
  const half = Math.floor(width * 0.6);
  return beside(ruleLines(view, half - 2), refusedLines(view, width - half), half);
}

/** As many tables as fit into `room` lines, with as many rows as then fit; the others take turns. */
function goldBlock(view: View, width: number, room: number): Line[] {
  const tables = view.gold;
  const heads = 2;
  const count = Math.max(0, Math.min(tables.length, Math.floor(room / (heads + LEAST_ROWS))));
  if (count === 0) return [];
  const first = count === tables.length ? 0 : Math.floor(view.ms / TURN_MS) % tables.length;
  const shown = Array.from({ length: count }, (_, i) => tables[(first + i) % tables.length]!);
  const rows = rowsEach(
    shown.map((table) => table.rows.length),
    room - count * heads,
  );
  return shown.flatMap((table, i) => goldLines(table, width, rows[i] ?? 0));
}

/** Shares `room` rows among tables: one each in turn, none more than it has. */
function rowsEach(has: readonly number[], room: number): number[] {
  const rows = has.map(() => 0);
  for (let left = room, given = true; given; ) {
    given = false;
    for (let i = 0; i < has.length && left > 0; i++) {
      if (rows[i]! >= Math.min(MOST_ROWS, has[i]!)) continue;
      rows[i]!++;
      left--;
      given = true;
    }
  }
  return rows;
}
