/** The mark of a row in its colour: hollow for the original, filled for variants. */
import classes from './Quantity.module.css';

export function VariantDot({ colour, hollow = false }: { readonly colour: string; readonly hollow?: boolean }) {
  return (
    <span
      className={classes.dot}
      style={{ '--dot': colour } as React.CSSProperties}
      data-hollow={hollow}
      aria-hidden="true"
    />
  );
}
