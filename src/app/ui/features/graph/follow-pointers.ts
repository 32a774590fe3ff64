/** Dragging, pinching, turning the wheel and clicking on a canvas. */
import type { GraphPainter } from './graph-painter';

export interface PointerAnswers {
  /** A click, in pixels of the canvas. */
  select(x: number, y: number): void;
  /** A double click. */
  open(x: number, y: number): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The distance that a pointer may move during a click. */
const clickDistance = 4;

/** Returns the way to stop. */
export function followPointers(element: HTMLElement, painter: GraphPainter, answers: PointerAnswers): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const down = new Map<number, Point>();
  let traveled = 0;
  const pointOf = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const move = (event: PointerEvent): void => {
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    const point = pointOf(event);
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    down.set(event.pointerId, point);
    traveled += distanceOf(before, point);
    const other = others[0];
    if (other === undefined) {
      if (traveled > clickDistance) painter.pan(point.x - before.x, point.y - before.y);
      return;
    }
    painter.pan((point.x - before.x) / 2, (point.y - before.y) / 2);
    painter.zoom(distanceOf(point, other) / Math.max(1, distanceOf(before, other)), true, middleOf(point, other));
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      if (down.size === 0) traveled = 0;
      down.set(event.pointerId, pointOf(event));
    },
    { signal },
  );
  element.addEventListener('pointermove', move, { signal });
  const lift = (event: PointerEvent): void => {
    const isClick = down.delete(event.pointerId) && down.size === 0 && traveled <= clickDistance;
    if (isClick && event.type === 'pointerup') answers.select(...pairOf(pointOf(event)));
  };
  element.addEventListener('pointerup', lift, { signal });
  element.addEventListener('pointercancel', lift, { signal });
  element.addEventListener('dblclick', (event) => answers.open(...pairOf(pointOf(event))), { signal });
  element.addEventListener('wheel', (event) => turnWheel(event, element, painter, pointOf(event)), {
    signal,
    passive: false,
  });
  return () => ending.abort();
}

/**
 * The wheel without a modifier scrolls the page until the canvas was clicked, so that the canvas does not trap a person
 * who scrolls past.
 */
function turnWheel(event: WheelEvent, element: HTMLElement, painter: GraphPainter, at: Point): void {
  const isPinch = event.ctrlKey || event.metaKey;
  if (!isPinch && document.activeElement !== element) return;
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  if (event.shiftKey) painter.pan(-event.deltaY * lines - event.deltaX * lines, 0);
  else painter.zoom(Math.exp((-event.deltaY * lines) / (isPinch && event.deltaMode === 0 ? 200 : 500)), true, at);
}

function distanceOf(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middleOf(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function pairOf({ x, y }: Point): readonly [x: number, y: number] {
  return [x, y];
}
