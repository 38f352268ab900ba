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

/** So many of the first marks are kept clear of names. */
const KEPT_CLEAR = 24;

const around = ({ x, y, radius }: Mark): Box => ({
  left: x - radius,
  right: x + radius,
  top: y - radius,
  bottom: y + radius,
});

/** Names for the first marks, as many as have room without lying over each other or over another great mark. */
export function placeLabels(marks: readonly Mark[], width: number, greatest: number): readonly Label[] {
  const clear = marks.slice(0, KEPT_CLEAR).map((mark) => ({ key: mark.key, box: around(mark) }));
  const taken: Box[] = [];
  const labels: Label[] = [];
  for (const mark of marks) {
    if (labels.length >= greatest) break;
    const sides = [false, true].map((end) => besides(mark, end));
    const free = sides.find(
      ({ box }) =>
        box.left >= 0 &&
        box.right <= width &&
        !taken.some((other) => overlap(box, other)) &&
        !clear.some((other) => other.key !== mark.key && overlap(box, other.box)),
    );
    if (free === undefined) continue;
    taken.push(free.box);
    labels.push(free.label);
  }
  return labels;
}

/** The name right of its mark, or with `end` left of it. */
function besides(mark: Mark, end: boolean): { readonly label: Label; readonly box: Box } {
  const length = mark.label.length * CHARACTER;
  const x = end ? mark.x - mark.radius - 4 : mark.x + mark.radius + 4;
  const left = end ? x - length : x;
  return {
    label: { key: mark.key, text: mark.label, x, y: mark.y, end },
    box: { left, right: left + length, top: mark.y - HEIGHT / 2, bottom: mark.y + HEIGHT / 2 },
  };
}
