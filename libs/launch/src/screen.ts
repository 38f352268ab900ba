import type { WriteStream } from 'node:tty';
import { coloured, type Line, type Paint, paintLine, uncoloured } from './view/line.ts';
import type { Size } from './view/screen-lines.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[2J';
const CLEAR_LINE_END = '\x1b[K';
const to = (row: number): string => `\x1b[${row + 1};1H`;
/** Terminals that know it show what is between all at once. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

/** A terminal that is drawn in place. It uses the other screen of the terminal, so that what was there before stays. */
export type Screen = {
  readonly paint: Paint;
  draw(lines: (size: Size) => readonly Line[]): void;
  /** Gives the terminal back. */
  close(): void;
};

/** Takes over a terminal until `close`, or until the process ends. */
export function openScreen(out: WriteStream): Screen {
  const paint = out.hasColors() ? coloured : uncoloured;
  let shown: string[] = [];
  let open = true;
  let last: ((size: Size) => readonly Line[]) | undefined;

  const draw = (lines: (size: Size) => readonly Line[]): void => {
    if (!open) return;
    last = lines;
    const size = { width: out.columns || 80, height: out.rows || 24 };
    const next = lines(size).map((line) => paintLine(line, size.width, paint));
    // Only what has changed is written: the rest does not flicker, and text selected in it stays selected.
    let text = '';
    for (let i = 0; i < Math.max(next.length, shown.length); i++)
      if (next[i] !== shown[i]) text += `${to(i)}${next[i] ?? ''}${CLEAR_LINE_END}`;
    shown = next;
    if (text !== '') out.write(`${BEGIN}${text}${END}`);
  };
  const onResize = (): void => {
    shown = [];
    out.write(CLEAR);
    if (last) draw(last);
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    out.off('resize', onResize);
    process.off('exit', close);
    out.write(LEAVE);
  };
  out.write(`${ENTER}${CLEAR}`);
  out.on('resize', onResize);
  process.on('exit', close);
  return { paint, draw, close };
}
