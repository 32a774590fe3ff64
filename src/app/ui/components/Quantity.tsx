/** A number with its unit smaller and lighter, from the text that the formatters of the engine give ("2.91 MB"). */
import classes from './Quantity.module.css';
import { splitUnit } from './split-unit';

export interface QuantityProps {
  readonly text: string;
  readonly size?: 'metric' | 'body';
}

export function Quantity({ text, size = 'body' }: QuantityProps) {
  const [value, unit] = splitUnit(text);
  return (
    <span className={classes.quantity} data-size={size}>
      {value}
      {unit === '' ? null : <span className={classes.unit}>{unit}</span>}
    </span>
  );
}
