import type { ReactNode } from 'react';
import { CaptionedField } from './CaptionedField';
import { NumberField } from './NumberField';

interface WholeNumberFieldProps {
  readonly label: ReactNode;
  /** The name for assistive technology, which does not get the label. */
  readonly name: string;
  readonly title?: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
  readonly width?: number;
  readonly note: ReactNode;
}

/** A whole number to choose; a range of one number cannot be changed. */
export function WholeNumberField({ label, title, note, name, width = 88, ...input }: WholeNumberFieldProps) {
  return (
    <CaptionedField caption={label} title={title} note={note}>
      <NumberField
        {...input}
        isWhole
        step={1}
        hasButtons
        aria-label={name}
        disabled={input.least === input.most}
        w={width}
      />
    </CaptionedField>
  );
}
