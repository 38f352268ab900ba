import { colour, faded } from '../charts/colours.ts';

/** A source of heat: where it is in pixels, and its share of the greatest one. */
export type Heat = { readonly x: number; readonly y: number; readonly share: number };

/** Draws a glow for each source; where they overlap they add up. */
export function drawHeat(canvas: HTMLCanvasElement, sources: readonly Heat[], reach: number, dark: boolean): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = dark ? 'lighter' : 'source-over';
  const warm = colour(dark ? '--series-2' : '--series-4');
  for (const { x, y, share } of sources) {
    const strength = Math.sqrt(share);
    const radius = reach * (0.35 + 0.65 * strength);
    const glow = context.createRadialGradient(x, y, 0, x, y, radius);
    glow.addColorStop(0, faded(warm, 0.12 + 0.5 * strength));
    glow.addColorStop(0.4, faded(warm, 0.05 + 0.2 * strength));
    glow.addColorStop(1, faded(warm, 0));
    context.fillStyle = glow;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}
