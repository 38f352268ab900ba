/** What of the picture is to be seen: it is scaled, then moved by x and y pixels. */
export type View = { readonly x: number; readonly y: number; readonly scale: number };
export type Size = { readonly width: number; readonly height: number };

export const MIN_SCALE = 0.15;
export const MAX_SCALE = 2;
/** Free on each side after a fit. */
const PADDING = 12;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** So much larger than it was drawn a small picture is shown: on a wall it is read from afar. */
const MAX_FIT = 1.25;

/** All of the picture, in the middle. */
export function fit(picture: Size, frame: Size): View {
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, scale: 1 };
  const [width, height] = [frame.width - 2 * PADDING, frame.height - 2 * PADDING];
  const scale = clamp(Math.min(width / picture.width, height / picture.height), MIN_SCALE, MAX_FIT);
  return {
    x: Math.max(PADDING, (frame.width - picture.width * scale) / 2),
    y: Math.max(PADDING, (frame.height - picture.height * scale) / 2),
    scale,
  };
}

/** Larger or smaller by a factor, while the point under `at` stays where it is. */
export function zoom(view: View, factor: number, at: { readonly x: number; readonly y: number }): View {
  const scale = clamp(view.scale * factor, MIN_SCALE, MAX_SCALE);
  const real = scale / view.scale;
  return { x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real, scale };
}

/** Moved by pixels, but never so far that nothing is to be seen. */
export function pan(view: View, dx: number, dy: number, picture: Size, frame: Size): View {
  const seen = 80;
  return {
    x: clamp(view.x + dx, seen - picture.width * view.scale, frame.width - seen),
    y: clamp(view.y + dy, seen - picture.height * view.scale, frame.height - seen),
    scale: view.scale,
  };
}

/** Moved by as little as brings a part of the picture into the frame. */
export function reveal(view: View, part: Size & { readonly x: number; readonly y: number }, frame: Size): View {
  const into = (start: number, size: number, room: number): number => {
    if (start < PADDING) return PADDING - start;
    if (start + size > room - PADDING) return Math.max(room - PADDING - (start + size), PADDING - start);
    return 0;
  };
  const { scale } = view;
  return {
    x: view.x + into(view.x + part.x * scale, part.width * scale, frame.width),
    y: view.y + into(view.y + part.y * scale, part.height * scale, frame.height),
    scale,
  };
}
