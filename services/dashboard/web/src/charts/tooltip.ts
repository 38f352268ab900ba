import type uPlot from 'uplot';
import { dayMinute, type Zone } from '../format/instants.ts';
import type { ChartLine } from './line-chart.tsx';

type Shown = {
  readonly x: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly final: readonly boolean[] | null;
  readonly format: (value: number | null) => string;
};

const element = (name: string, className: string, text = ''): HTMLElement => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

/** The values at the pointer, as text beside it. */
export function tooltip(shown: () => Shown, zone: Zone): uPlot.Plugin {
  const box = element('div', 'chart-tooltip');
  box.hidden = true;
  const fill = (index: number): void => {
    const { x, lines, final, format } = shown();
    const open = final !== null && final[index] === false;
    box.replaceChildren(element('div', 'muted', `${dayMinute(x[index], zone)}${open ? ' · provisional' : ''}`));
    for (const line of lines) {
      const row = element('div', 'chart-tooltip-row');
      row.append(
        element('span', `swatch s${line.colour}`),
        element('span', '', line.label),
        element('strong', '', format(line.values[index] ?? null)),
      );
      box.append(row);
    }
  };
  return {
    hooks: {
      init: (u) => {
        u.over.append(box);
        u.over.addEventListener('pointerleave', () => {
          box.hidden = true;
        });
      },
      setCursor: (u) => {
        const { idx, left = -1 } = u.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        fill(idx!);
        const room = u.over.clientWidth;
        const width = box.offsetWidth;
        const at = left + 14 + width > room ? left - 14 - width : left + 14;
        box.style.transform = `translate(${Math.max(0, Math.min(at, room - width))}px, 4px)`;
      },
    },
  };
}
