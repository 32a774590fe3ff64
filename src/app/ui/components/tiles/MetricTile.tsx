/** The frame of one metric. */
import type { ReactNode } from 'react';
import { ExplainedCaption } from '../ExplainedCaption';
import classes from './MetricTile.module.css';

export interface MetricTileProps {
  /** `Latency · WASM`: where there is little room, what it is of says enough. */
  readonly label: string;
  readonly value: ReactNode;
  /** The difference, beside the number. */
  readonly chip?: ReactNode;
  /** The original's value, or the reason why a value is missing, under the number. */
  readonly note?: ReactNode;
  /** True if there is no number: not measured, or not on this device. */
  readonly empty?: boolean;
}

export function MetricTile({ label, value, chip, note, empty = false }: MetricTileProps) {
  const [name, kind] = label.split(' · ').toReversed() as [string, string?];
  return (
    <section className={classes.tile} data-empty={empty} aria-label={label}>
      <h2 className={classes.label}>
        {kind === undefined ? null : <span className={classes.kind}>{kind} · </span>}
        <ExplainedCaption text={name} />
      </h2>
      <div className={classes.line}>
        <span className={classes.value}>{value}</span>
        {chip}
      </div>
      <p className={classes.note} title={typeof note === 'string' ? note : undefined}>
        <span className={classes.noteText}>{note}</span>
      </p>
    </section>
  );
}
