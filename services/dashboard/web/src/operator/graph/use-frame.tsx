import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Size } from './viewport.ts';

/** The size of an element, as long as it is there; null until it is known. */
export function useSize(element: RefObject<HTMLElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    const node = element.current;
    if (node === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setSize((before) => (before?.width === width && before.height === height ? before : { width, height }));
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** Moves by the pointer where it is pressed on nothing that does something itself, and zooms by the wheel with Ctrl. */
export function usePointer(
  element: RefObject<HTMLElement | null>,
  onPan: (dx: number, dy: number) => void,
  onZoom: (factor: number, at: { readonly x: number; readonly y: number }) => void,
): void {
  useEffect(() => {
    const node = element.current;
    if (node === null) return;
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || (event.target as Element).closest('a, button, input')) return;
      node.setPointerCapture(event.pointerId);
      node.dataset.dragging = '';
    };
    const move = (event: PointerEvent): void => {
      if (node.hasPointerCapture(event.pointerId)) onPan(event.movementX, event.movementY);
    };
    const up = (): void => {
      delete node.dataset.dragging;
    };
    const wheel = (event: WheelEvent): void => {
      // The wheel alone scrolls the page, which must not end at the picture.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = node.getBoundingClientRect();
      onZoom(Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
    };
    node.addEventListener('pointerdown', down);
    node.addEventListener('pointermove', move);
    node.addEventListener('pointerup', up);
    node.addEventListener('pointercancel', up);
    node.addEventListener('wheel', wheel, { passive: false });
    return () => {
      node.removeEventListener('pointerdown', down);
      node.removeEventListener('pointermove', move);
      node.removeEventListener('pointerup', up);
      node.removeEventListener('pointercancel', up);
      node.removeEventListener('wheel', wheel);
    };
  }, [element, onPan, onZoom]);
}
