import type uPlot from 'uplot';
import { colour } from './colours.ts';

/** Hatches the ground from the first open window on, half a step before it, so that the pattern meets the line. */
export function hatch(firstOpen: () => number | null): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (u) => {
        const index = firstOpen();
        const x = u.data[0];
        const from = index === null ? undefined : x[Math.max(0, index - 1)];
        if (index === null || from === undefined) return;
        const { left, top, width, height } = u.bbox;
        const start = Math.max(left, u.valToPos(from, 'x', true));
        const ratio = window.devicePixelRatio;
        const { ctx } = u;
        ctx.save();
        ctx.beginPath();
        ctx.rect(start, top, left + width - start, height);
        ctx.clip();
        ctx.strokeStyle = colour('--hairline');
        ctx.lineWidth = 2 * ratio;
        ctx.beginPath();
        for (let at = start - height; at < left + width; at += 8 * ratio) {
          ctx.moveTo(at, top + height);
          ctx.lineTo(at + height, top);
        }
        ctx.stroke();
        ctx.restore();
      },
    },
  };
}
