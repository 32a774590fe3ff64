/** The comparison chart of a report with its frame: the same in the studio, in the report and on the page of a link. */
import { useMemo } from 'react';
import type { Report } from '../../../../engine/report/report-schema';
import { withoutModelEnding } from '../../../platform/model-name';
import { ChartFrame } from './ChartFrame';
import { buildComparisonModel, type ComparisonOptions } from './comparison-model';
import { comparisonTable } from './comparison-table';
import { ComparisonChart } from './ComparisonChart';

interface ReportComparisonProps {
  readonly report: Report;
  readonly options?: ComparisonOptions;
}

export function ReportComparison({ report, options }: ReportComparisonProps) {
  const model = useMemo(() => buildComparisonModel(report, options), [report, options]);
  const table = useMemo(() => comparisonTable(report, model), [report, model]);
  return (
    <ChartFrame
      title={model.title}
      subtitle={model.subtitle}
      table={table}
      fileName={`${withoutModelEnding(report.model.name)}-comparison`}
    >
      <ComparisonChart model={model} />
    </ChartFrame>
  );
}
