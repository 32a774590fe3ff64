/** A control with its caption above and a note below. */
import type { ReactNode } from 'react';
import classes from './CaptionedField.module.css';

interface CaptionedFieldProps {
  readonly caption: ReactNode;
  readonly title?: string;
  /** `null`: none, and no room for one. */
  readonly note: ReactNode;
  /** The control. It names itself for assistive technology. */
  readonly children: ReactNode;
}

export function CaptionedField({ caption, title, note, children }: CaptionedFieldProps) {
  return (
    <div className={classes.field} title={title}>
      <span className={classes.caption}>{caption}</span>
      {children}
      {note === null ? null : <span className={classes.note}>{note}</span>}
    </div>
  );
}
