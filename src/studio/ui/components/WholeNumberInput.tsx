import { NumberInput, type NumberInputProps } from '@mantine/core';

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
export function WholeNumberInput({ least, most, onChange, ...rest }: WholeNumberInputProps) {
  return (
    <NumberInput
      {...rest}
      onChange={(next) => {
        if (typeof next === 'number' && Number.isInteger(next) && next >= least && next <= most) onChange(next);
      }}
      min={least}
      max={most}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="blur"
    />
  );
}
