import type { ReactNode } from 'react';
import { ToneIcon } from './ToneIcon';
import classes from './ToneChip.module.css';
import type { Tone } from './verdict-tone';

interface ToneChipProps {
  readonly tone: Tone;
  readonly children: ReactNode;
}

/** Better, worse, within noise or wrong: colour, shape and words together. */
export function ToneChip({ tone, children }: ToneChipProps) {
  return (
    <span className={classes.chip} data-tone={tone}>
      <ToneIcon tone={tone} />
      <span>{children}</span>
    </span>
  );
}
