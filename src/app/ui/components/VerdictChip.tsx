/** A difference in a word or number, with a sign or icon: the color only repeats what the text says. */
import type { ReactNode } from 'react';
import { ToneIcon } from './ToneIcon';
import type { Tone } from './verdict-tone';
import classes from './Quantity.module.css';

export interface VerdictChipProps {
  readonly verdict: Tone;
  readonly children: ReactNode;
  readonly title?: string;
}

export function VerdictChip({ verdict, children, title }: VerdictChipProps) {
  return (
    <span className={classes.chip} data-verdict={verdict} title={title}>
      <ToneIcon tone={verdict} />
      {children}
    </span>
  );
}
