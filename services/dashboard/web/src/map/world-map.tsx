import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import '../styles/map.css';
import { shownTheme } from '../state/preferences.ts';
import { drawHeat } from './heat.ts';
import { type Mark, placeLabels } from './labels.ts';
import { Marks } from './marks.tsx';
import { EARTH, HEIGHT, nightPath, project, WIDTH } from './world.ts';

/** A place with an amount. */
export type Spot = {
  readonly key: string;
  readonly label: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly value: number;
  /** What is told when it is pointed at. */
  readonly details: readonly (readonly [name: string, value: string])[];
};

type WorldMapProps = {
  readonly label: string;
  /** The greatest first. */
  readonly spots: readonly Spot[];
  /** Regions are few and wide, cities many and narrow. */
  readonly wide: boolean;
  /** The moment whose night is shaded, in epoch milliseconds. */
  readonly at: number;
  readonly active: string | null;
  readonly onPoint: (key: string | null) => void;
};

/** A spot where it is drawn. */
export type Placed = Mark & { readonly spot: Spot; readonly share: number };

const place = (spots: readonly Spot[], wide: boolean, scale: number): readonly Placed[] => {
  const greatest = Math.max(1, ...spots.map((spot) => spot.value));
  return spots.flatMap((spot) => {
    const at = project(spot.longitude, spot.latitude);
    if (at === null) return [];
    const share = spot.value / greatest;
    const radius = (wide ? 5 + 11 * Math.sqrt(share) : 2 + 5 * Math.sqrt(share)) * scale;
    return [{ key: spot.key, label: spot.label, x: at[0], y: at[1], radius, spot, share }];
  });
};

/** Amounts on the map of the world, as heat and as marks; arrows go from mark to mark. */
export function WorldMap({ label, spots, wide, at, active, onPoint }: WorldMapProps): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shownWidth, setShownWidth] = useState(WIDTH);
  useEffect(() => {
    const resized = new ResizeObserver(([entry]) => setShownWidth(Math.max(240, entry?.contentRect.width ?? WIDTH)));
    if (holder.current !== null) resized.observe(holder.current);
    return () => resized.disconnect();
  }, []);
  // Marks and names keep their size on a narrow screen, where the earth gets smaller.
  const scale = Math.max(0.75, Math.min(2, WIDTH / shownWidth));
  const placed = useMemo(() => place(spots, wide, scale), [spots, wide, scale]);
  const names = useMemo(() => {
    const greatest = wide ? 8 : shownWidth < 520 ? 4 : 10;
    return placeLabels(
      placed.map((mark) => shrink(mark, scale)),
      WIDTH / scale,
      greatest,
    );
  }, [placed, scale, wide, shownWidth]);
  const minute = Math.floor(at / 60_000);
  const night = useMemo(() => nightPath(minute * 60_000), [minute]);
  const theme = shownTheme.value;
  useEffect(() => {
    if (canvas.current !== null) drawHeat(canvas.current, placed, wide ? 120 : 46, theme === 'dark');
  }, [placed, wide, theme]);
  const shown = placed.find((each) => each.key === active) ?? null;
  return (
    <div class="world-map" ref={holder}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <path class="sphere" d={EARTH.sphere} />
        <path class="graticule" d={EARTH.graticule} />
        <path class="land" d={EARTH.land} />
        <path class="borders" d={EARTH.borders} />
        <path class="night" d={night} />
      </svg>
      <div class="heat" aria-hidden="true">
        <canvas ref={canvas} width={WIDTH} height={HEIGHT} />
      </div>
      {placed.length > 0 && <Marks label={label} placed={placed} scale={scale} active={active} onPoint={onPoint} />}
      <svg class="names" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {names.map((name) => (
          <text
            key={name.key}
            x={name.x * scale}
            y={name.y * scale}
            font-size={11.5 * scale}
            text-anchor={name.end ? 'end' : 'start'}
            dominant-baseline="central"
          >
            {name.text}
          </text>
        ))}
      </svg>
      {shown !== null && <Tip placed={shown} />}
    </div>
  );
}

const shrink = (mark: Mark, scale: number): Mark => ({
  ...mark,
  x: mark.x / scale,
  y: mark.y / scale,
  radius: mark.radius / scale,
});

/** What is to be known of a place, beside it; it says nothing that its mark does not say to readers of screens. */
function Tip({ placed }: { placed: Placed }): JSX.Element {
  const side = placed.x > WIDTH / 2 ? 'left' : 'right';
  return (
    <div
      class={`map-tip ${side}`}
      aria-hidden="true"
      style={{ left: `${(placed.x / WIDTH) * 100}%`, top: `${(placed.y / HEIGHT) * 100}%` }}
    >
      <strong>{placed.spot.label}</strong>
      {placed.spot.details.map(([name, value]) => (
        <div key={name}>
          <span class="muted">{name}</span>
          <span>{value}</span>
        </div>
      ))}
    </div>
  );
}
