/** A classification by class: the matrix where it fits on a screen, and each class with its figures. */
import type { ClassResults } from '../../../../engine/metrics/evaluation';
import { mostReportedClasses } from '../../../../engine/report/evaluation-schema';
import classes from './ClassDetails.module.css';
import { ClassTable } from './ClassTable';
import { ConfusionMatrix } from './ConfusionMatrix';

interface ClassDetailsProps {
  readonly results: ClassResults;
  /** Whose results they are. */
  readonly name: string;
}

export function ClassDetails({ results, name }: ClassDetailsProps) {
  return (
    <div className={classes.classes}>
      {results.names.length > mostReportedClasses ? null : <ConfusionMatrix results={results} name={name} />}
      <ClassTable results={results} name={name} />
    </div>
  );
}
