/** Accuracy of the variant in view by class. Its figure, interval and difference stand in the tiles. */
import { findEvaluation } from '../../../../engine/report/create-report';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { ClassDetails } from '../../components/evaluation/ClassDetails';

interface ReportAccuracyProps {
  readonly report: Report;
  readonly variant: ReportVariant;
  readonly className?: string;
}

export function ReportAccuracy({ report, variant, className }: ReportAccuracyProps) {
  const results = findEvaluation(report, variant.id)?.classes;
  if (results === undefined) return null;
  return (
    <section className={className} aria-label="Accuracy by class">
      <h2>Accuracy of {variant.name} by class</h2>
      <ClassDetails results={results} name={variant.name} />
    </section>
  );
}
