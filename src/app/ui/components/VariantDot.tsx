/** The mark of a row in its color: hollow for the original, filled for variants. */
import classes from './Quantity.module.css';

export function VariantDot({ color, hollow = false }: { readonly color: string; readonly hollow?: boolean }) {
  return (
    <span
      className={classes.dot}
      style={{ '--dot': color } as React.CSSProperties}
      data-hollow={hollow}
      aria-hidden="true"
    />
  );
}
