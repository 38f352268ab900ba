/** A mark on the map, in its pixels. */
export type Mark = {
  readonly key: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
};

/** The name of a mark: right of it, or left of it near the right edge. */
export type Label = {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly end: boolean;
};

const CHARACTER = 6.6;
const HEIGHT = 14;

type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Names for the first marks, as many as have room without lying over each other or over another mark. */
export function placeLabels(marks: readonly Mark[], width: number, greatest: number): readonly Label[] {
  const taken: Box[] = [];
  const labels: Label[] = [];
  for (const mark of marks) {
    if (labels.length >= greatest) break;
    const length = mark.label.length * CHARACTER;
    const end = mark.x + mark.radius + 4 + length > width;
    const x = end ? mark.x - mark.radius - 4 : mark.x + mark.radius + 4;
    const left = end ? x - length : x;
    const box = { left, right: left + length, top: mark.y - HEIGHT / 2, bottom: mark.y + HEIGHT / 2 };
    if (left < 0 || taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    labels.push({ key: mark.key, text: mark.label, x, y: mark.y, end });
  }
  return labels;
}
