import type { WriteStream } from 'node:tty';
import { type ProgressEvent, progressLine } from '@medallion/devstack';
import { openScreen } from './screen.ts';
import { paintLine } from './view/line.ts';
import type { HelpView, View } from './view/model.ts';
import { plainHelp, plainLines, stamped } from './view/plain-lines.ts';
import { screenLines } from './view/screen-lines.ts';
import { qualitySummary, stepLines, stepSummary } from './view/sections.ts';

/** Shows what happens. */
export type Reporter = {
  /** A part of the stack has moved on. */
  progress(event: ProgressEvent): void;
  /** Something happened that is worth a line. */
  note(view: View, text: string): void;
  /** Everything is up. */
  help(help: HelpView): void;
  /** Called often; shows the state as often as fits. */
  tick(view: View): void;
  /** Ends the picture, with a last word where there is one. */
  close(view: View, farewell: string | undefined): void;
};

const PLAIN_EVERY_MS = 10_000;
const RUNNING_EVERY_MS = 950;

/** Lines for a log, a pipe or a terminal that can do no more. */
export function plainReporter(write: (text: string) => void): Reporter {
  let shownMs = 0;
  return {
    progress: (event) => write(progressLine(event)),
    note: (view, text) => write(stamped(view, text)),
    help: (help) => plainHelp(help).forEach(write),
    tick(view) {
      if (view.phase !== 'running' || view.ms - shownMs < PLAIN_EVERY_MS) return;
      shownMs = view.ms;
      plainLines(view).forEach(write);
    },
    close(view, farewell) {
      if (farewell !== undefined) write(stamped(view, farewell));
    },
  };
}

/** A screen that is redrawn in place: once a second, more often while things come up. */
export function screenReporter(out: WriteStream): Reporter {
  const screen = openScreen(out);
  let shownMs = Number.NEGATIVE_INFINITY;
  let phase: View['phase'] = 'starting';
  return {
    progress() {}, // in the steps of the view
    note() {}, // in the view's own list
    help() {}, // always on show
    tick(view) {
      if (view.phase === 'running' && phase === 'running' && view.ms - shownMs < RUNNING_EVERY_MS) return;
      phase = view.phase;
      shownMs = view.ms;
      screen.draw((size) => screenLines(view, size));
    },
    close(view, farewell) {
      screen.close();
      const width = out.columns || 80;
      // The picture is gone with the other screen; what remains is how it came up, or how far, and the result.
      const up = [...stepSummary(view, width), ...qualitySummary(view, width)];
      for (const line of view.help === null ? stepLines(view) : up)
        out.write(`${paintLine(line, width, screen.paint)}\n`);
      if (farewell !== undefined) out.write(`${farewell}\n`);
    },
  };
}

/** The screen where there is a terminal that can be drawn on, else lines. */
export const reporterFor = (out: WriteStream, plain: boolean, term: string | undefined): Reporter =>
  plain || !out.isTTY || term === 'dumb' ? plainReporter((text) => void out.write(`${text}\n`)) : screenReporter(out);
