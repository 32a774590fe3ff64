import { formatCount } from '../../../../engine/format';
import type { GraphDifference } from '../../../jobs/jobs';
import classes from './GraphView.module.css';

/** What the signs on the nodes mean, with how many there are. */
export function DifferenceSummary({ difference }: { readonly difference: GraphDifference }) {
  const { same, changed, onlyA, onlyB } = difference;
  return (
    <p className={classes.summary} data-testid="graph-difference">
      <span>{formatCount(same)} nodes unchanged</span>
      <span>≠ {formatCount(changed.length)} changed</span>
      <span>− {formatCount(onlyA.length)} only in the original</span>
      <span>+ {formatCount(onlyB.length)} only in the variant</span>
    </p>
  );
}
