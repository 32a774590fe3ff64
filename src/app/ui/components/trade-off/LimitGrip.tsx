/** The limit of an axis, held on its line: dragged by mouse or finger, moved by keys. */
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { limitAfter, limitAt, placeOfLimit, type Scale } from './trade-off-scale';
import classes from './trade-off.module.css';
import { gripText, type Axis } from './trade-off-axes';

interface LimitGripProps {
  readonly axis: Axis;
  readonly scale: Scale;
  /** The limit in the unit of the axis; `null` if there is none. */
  readonly limit: number | null;
  readonly side: 'x' | 'y';
  /** The plot within what this lies in. */
  readonly plot: {
    readonly leftPx: number;
    readonly topPx: number;
    readonly widthPx: number;
    readonly heightPx: number;
  };
  readonly onChange: (limit: number | null) => void;
  /** Reports if the grip is held, because the axis must not change meanwhile. */
  readonly onHold: (isHeld: boolean) => void;
}

/** The large step of keys, in steps. */
const far = 10;
const stepsOfKey: Readonly<Record<string, number>> = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1,
  PageUp: far,
  PageDown: -far,
  Home: -Infinity,
};

export function LimitGrip(props: LimitGripProps) {
  const { axis, scale, limit, side, plot } = props;
  const place = placeOfLimit(scale, limit);
  const leftPx = plot.leftPx + (side === 'x' ? place : 1) * plot.widthPx;
  const topPx = plot.topPx + (side === 'x' ? 0 : 1 - place) * plot.heightPx;
  const drag = useDrag(props, side === 'x' ? leftPx : topPx);
  const most = scale.domain[1];
  const none = axis.limit?.none;
  return (
    <div
      role="slider"
      tabIndex={0}
      className={classes.grip}
      data-side={side}
      // The grip is at the end of its line. For the lower axis it is above the plot, where it covers no point; for the
      // other one it is within the plot.
      style={{
        left: leftPx,
        top: topPx,
        transform: side === 'x' ? `translate(${-100 * place}%, -100%)` : `translate(-100%, ${-100 * (1 - place)}%)`,
      }}
      aria-label={`Limit: ${axis.title}`}
      aria-orientation={side === 'x' ? 'horizontal' : 'vertical'}
      aria-valuemin={scale.step}
      aria-valuemax={Math.max(most, limit ?? 0)}
      aria-valuenow={limit ?? most}
      aria-valuetext={limit === null ? (none ?? '') : `at most ${axis.format(limit)}`}
      {...drag}
      onKeyDown={(event) => press(event, props)}
    >
      {gripText(axis, limit)}
    </div>
  );
}

const isOptionalOn = ({ limit }: Axis): boolean => limit !== null && limit.none !== null;

/** Handlers of the pointer that holds the grip where it was taken. */
function useDrag({ axis, scale, side, plot, onChange, onHold }: LimitGripProps, linePx: number) {
  const held = useRef<{ readonly offsetPx: number } | null>(null);
  /** The position from the edge of the grip's parent. */
  const positionOf = ({ currentTarget, clientX, clientY }: PointerEvent<HTMLElement>): number => {
    const edge = currentTarget.parentElement!.getBoundingClientRect();
    return side === 'x' ? clientX - edge.left : clientY - edge.top;
  };
  const end = (): void => {
    if (held.current === null) return;
    held.current = null;
    onHold(false);
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>): void => {
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = { offsetPx: positionOf(event) - linePx };
      onHold(true);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>): void => {
      if (held.current === null) return;
      const atPx = positionOf(event) - held.current.offsetPx;
      const share = side === 'x' ? (atPx - plot.leftPx) / plot.widthPx : 1 - (atPx - plot.topPx) / plot.heightPx;
      onChange(limitAt(scale, share, isOptionalOn(axis)));
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}

function press(event: KeyboardEvent, { axis, scale, limit, onChange }: LimitGripProps): void {
  const isOptional = isOptionalOn(axis);
  const steps = stepsOfKey[event.key];
  if (steps === undefined && event.key !== 'End') return;
  event.preventDefault();
  onChange(steps === undefined ? limitAt(scale, 1, isOptional) : limitAfter(scale, limit, steps, isOptional));
}
