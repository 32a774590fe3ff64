/** A number with its unit smaller and lighter, from the text that the formatters of the engine give ("2.91 MB"). */
import classes from './Quantity.module.css';

const noBreakSpace = '\u00a0';

export interface QuantityProps {
  readonly text: string;
  readonly size?: 'metric' | 'body';
}

export function Quantity({ text, size = 'body' }: QuantityProps) {
  const split = text.lastIndexOf(noBreakSpace);
  const value = split === -1 ? text : text.slice(0, split);
  const unit = split === -1 ? '' : text.slice(split);
  return (
    <span className={classes.quantity} data-size={size}>
      {value}
      {unit === '' ? null : <span className={classes.unit}>{unit}</span>}
    </span>
  );
}
