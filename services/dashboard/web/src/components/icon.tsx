import type { JSX } from 'preact';

/** Shapes of the Lucide set, 24 by 24, drawn with the colour of the text. */
const SHAPES = {
  'arrow-up': 'M12 19V5M5 12l7-7 7 7',
  'arrow-down': 'M12 5v14M19 12l-7 7-7-7',
  'arrow-right': 'M5 12h14M12 5l7 7-7 7',
  minus: 'M5 12h14',
  check: 'M20 6 9 17l-5-5',
  circle: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  'circle-check': 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.5 12l2.5 2.5 4.5-5',
  dot: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12Z',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3 2',
  triangle: 'M12 4 2.8 19.5h18.4ZM12 10v4M12 17v.01',
  octagon: 'M8 3h8l5 5v8l-5 5H8l-5-5V8ZM12 8v4M12 16v.01',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5Z',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM20.5 20.5 16 16',
  table: 'M4 4h16v16H4ZM4 10h16M10 4v16',
  chart: 'M4 4v16h16M8 14l3.5-4 3 2.5L20 7',
  download: 'M12 4v11M7 10.5l5 5 5-5M4 20h16',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  monitor: 'M3 4h18v12H3ZM8 20h8M12 16v4',
  star: 'M12 2.8l2.5 6.6 7 .3-5.5 4.4 1.9 6.8-5.9-3.9-5.9 3.9L8 14.1 2.5 9.7l7-.3Z',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  close: 'M6 6l12 12M18 6 6 18',
  'chevron-down': 'M6 9l6 6 6-6',
  'chevron-right': 'M9 6l6 6-6 6',
  'chevrons-up-down': 'M8 9l4-4 4 4M8 15l4 4 4-4',
  refresh: 'M20 11a8 8 0 0 0-14.5-3.5L4 9M4 4v5h5M4 13a8 8 0 0 0 14.5 3.5L20 15M20 20v-5h-5',
  copy: 'M9 9h11v11H9ZM5 15H4V4h11v1',
  wifi: 'M2.5 9a14 14 0 0 1 19 0M6 12.5a9 9 0 0 1 12 0M9.2 16a4.5 4.5 0 0 1 5.6 0M12 19.5v.01',
  'wifi-off':
    'M3 3l18 18M6 12.5a9 9 0 0 1 3.6-2M2.5 9a14 14 0 0 1 4-2.6M14.5 6a14 14 0 0 1 7 3M9.2 16a4.5 4.5 0 0 1 5.6 0M12 19.5v.01',
} as const;

export type IconName = keyof typeof SHAPES;

/** A small picture beside words: it says nothing that they do not, so readers of screens skip it. */
export const Icon = ({ name, filled = false }: { name: IconName; filled?: boolean }): JSX.Element => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} {...(filled ? { fill: 'currentColor' } : {})} />
  </svg>
);
