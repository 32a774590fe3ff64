import { WarningIcon } from '../../components/icons';
import classes from './data.module.css';

/** A problem, in a sentence beside the fields that can correct it. */
export function FieldProblem({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null;
  return (
    <p className={classes.problem} role="alert">
      <WarningIcon />
      {problem}
    </p>
  );
}
