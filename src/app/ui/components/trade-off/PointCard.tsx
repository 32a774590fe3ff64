/** One point of the trade-off: what it is made by, and its figures on every axis. */
import type { Axis } from './trade-off-axes';
import type { TradeOffMark } from './trade-off-model';
import classes from './trade-off.module.css';
import { Note } from '../Note';

interface PointCardProps {
  readonly mark: TradeOffMark;
  readonly axes: readonly Axis[];
  /** The place of the point in the plot. */
  readonly atPx: readonly [number, number];
  readonly widthPx: number;
  readonly heightPx: number;
}

export function PointCard({ mark, axes, atPx: [leftPx, topPx], widthPx, heightPx }: PointCardProps) {
  const { id, name, steps, standing } = mark;
  // Towards the middle: below the chart something may lie over it.
  const across = leftPx > widthPx / 2 ? { right: widthPx - leftPx } : { left: leftPx };
  const along = topPx > heightPx / 2 ? { bottom: heightPx - topPx } : { top: topPx };
  return (
    <div className={classes.card} style={{ ...across, ...along }} data-testid="trade-off-point">
      <strong>{name}</strong>
      <dl className={classes.figures}>
        {axes.map(({ id: axis, title, figures, format }) => {
          const figure = figures.get(id);
          return figure === undefined ? null : (
            <div key={axis}>
              <dt>{title}</dt>
              <dd>{format(figure.value)}</dd>
            </div>
          );
        })}
      </dl>
      {steps.length === 0 ? null : <p>{steps.join(', then ')}</p>}
      {standing === '' ? null : <Note>{standing}</Note>}
    </div>
  );
}
