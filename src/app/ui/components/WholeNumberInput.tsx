import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';

interface WholeNumberInputProps extends Pick<
  NumberInputProps,
  'label' | 'aria-label' | 'disabled' | 'hideControls' | 'w'
> {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

/** Out of range, the field corrects itself on leaving; such a value is never taken. */
export function WholeNumberInput({ least, most, value, onChange, ...rest }: WholeNumberInputProps) {
  const [refused, setRefused] = useState<number | string>();
  return (
    <NumberInput
      {...rest}
      value={refused ?? value}
      onChange={(next) => {
        const isTaken = typeof next === 'number' && Number.isInteger(next) && next >= least && next <= most;
        // Without what is typed the field would not know that it has to correct itself.
        setRefused(isTaken ? undefined : next);
        if (isTaken) onChange(next);
      }}
      onBlur={() => setRefused(undefined)}
      min={least}
      max={most}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="blur"
    />
  );
}
