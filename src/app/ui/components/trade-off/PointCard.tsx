/** One point of the trade-off: what it is made by, and its figures on every axis. */
import classes from './PointCard.module.css';
import type { Axis } from './trade-off-axes';
import type { TradeOffMark } from './trade-off-model';

interface PointCardProps {
  readonly mark: TradeOffMark;
  readonly axes: readonly Axis[];
  /** Of the point, in the plot. */
  readonly atPx: readonly [number, number];
  readonly widthPx: number;
}

export function PointCard({ mark, axes, atPx: [leftPx, topPx], widthPx }: PointCardProps) {
  const { id, name, steps, standing } = mark;
  const isRight = leftPx > widthPx / 2;
  return (
    <div
      className={classes.card}
      style={{ top: topPx, ...(isRight ? { right: widthPx - leftPx } : { left: leftPx }) }}
      data-testid="trade-off-point"
    >
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
      {standing === '' ? null : <p className={classes.standing}>{standing}</p>}
    </div>
  );
}
