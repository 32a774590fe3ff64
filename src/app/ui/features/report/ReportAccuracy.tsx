/** Accuracy of the variant in view by class. Its figure, interval and difference stand in the tiles. */
import { findEvaluation } from '../../../../engine/report/find-in-report';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { Banner } from '../../components/Banner';
import { ClassDetails } from '../../components/evaluation/ClassDetails';

interface ReportAccuracyProps {
  readonly report: Report;
  readonly variant: ReportVariant;
  readonly className?: string;
}

export function ReportAccuracy({ report, variant, className }: ReportAccuracyProps) {
  const { classes: results, warnings = [] } = findEvaluation(report, variant.id) ?? {};
  if (results === undefined && warnings.length === 0) return null;
  return (
    <section className={className} aria-label="Accuracy by class">
      <h2>Accuracy of {variant.name} by class</h2>
      {warnings.map((warning) => (
        <Banner key={warning} kind="notice">
          {warning}
        </Banner>
      ))}
      {results === undefined ? null : <ClassDetails results={results} name={variant.name} />}
    </section>
  );
}
