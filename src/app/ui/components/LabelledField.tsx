/** A control with its label above and a note below. */
import type { ReactNode } from 'react';
import classes from './LabelledField.module.css';

interface LabelledFieldProps {
  readonly label: ReactNode;
  readonly title?: string;
  readonly note: ReactNode;
  /** The control. It names itself for assistive technology. */
  readonly children: ReactNode;
}

export function LabelledField({ label, title, note, children }: LabelledFieldProps) {
  return (
    <div className={classes.field} title={title}>
      <span className={classes.label}>{label}</span>
      {children}
      <span className={classes.note}>{note}</span>
    </div>
  );
}
