/** Dragging by pointer, so that it works with a mouse, a pen and a finger alike. One move when the pointer is let go. */
import { useState, type PointerEvent as ReactPointerEvent, type RefObject } from 'react';

export interface StepDrag {
  /** Position of the step in hand; `null` when none is. */
  readonly dragged: number | null;
  /** The index to which the step would move. */
  readonly target: number | null;
  readonly startDrag: (index: number, event: ReactPointerEvent<HTMLElement>) => void;
}

/** The position whose middle the pointer has not passed yet. */
export function positionAt(y: number, middles: readonly number[]): number {
  const below = middles.findIndex((middle) => y < middle);
  return below === -1 ? middles.length - 1 : below;
}

export function useStepDrag(list: RefObject<HTMLElement | null>, onMove: (from: number, to: number) => void): StepDrag {
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  const startDrag: StepDrag['startDrag'] = (from, event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const handle = event.currentTarget;
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const boxes = [...(list.current?.children ?? [])].map((child) => child.getBoundingClientRect());
    const middles = boxes.map((box) => box.top + box.height / 2);
    let to = from;
    setDrag({ from, to });

    const follow = (move: PointerEvent): void => {
      // Passing a neighbor's middle is enough, in either direction.
      const position = positionAt(move.clientY, middles);
      to = position > from && move.clientY < (middles[position] ?? 0) ? position - 1 : position;
      setDrag({ from, to });
    };
    const end = (commit: boolean): void => {
      handle.removeEventListener('pointermove', follow);
      handle.removeEventListener('pointerup', drop);
      handle.removeEventListener('pointercancel', cancel);
      handle.removeEventListener('keydown', escape);
      setDrag(null);
      if (commit) onMove(from, to);
    };
    const drop = (): void => end(true);
    const cancel = (): void => end(false);
    const escape = (key: KeyboardEvent): void => {
      if (key.key !== 'Escape') return;
      key.stopPropagation();
      end(false);
    };
    handle.addEventListener('pointermove', follow);
    handle.addEventListener('pointerup', drop);
    handle.addEventListener('pointercancel', cancel);
    handle.addEventListener('keydown', escape);
  };

  return { dragged: drag?.from ?? null, target: drag?.to ?? null, startDrag };
}
