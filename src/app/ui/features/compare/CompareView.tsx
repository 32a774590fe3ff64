/** The comparison of the current work: sizes at once, times and output match as soon as they are measured. */
import { useMemo } from 'react';
import { findEvaluation } from '../../../../engine/report/find-in-report';
import { isCellStale } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { reportedWork } from '../../../state/workspace/workspace-store';
import { cellKey } from '../../../state/workspace/workspace-store';
import { ReportComparison } from '../../components/charts/ReportComparison';
import { colorOfRow } from '../../theme/variant-color';
import { TryOut } from './TryOut';
import { WhatChanged } from './WhatChanged';
import classes from './CompareView.module.css';

export function CompareView() {
  const work = useWorkspace(reportedWork);
  const report = reportOfWorkspace(work);
  const options = useMemo(
    () => ({
      colorOf: (id: string) => colorOfRow(work, id),
      isStale: (id: string, ep: Parameters<typeof cellKey>[1]) => isCellStale(work, cellKey(id, ep)),
    }),
    [work],
  );
  if (report === null) return null;
  return (
    <section className={classes.view} aria-label="Compare">
      <ReportComparison report={report} options={options} />
      {report.variants.length === 0 ? (
        <p className={classes.hint}>Run the recipe to see a variant beside the original.</p>
      ) : report.cells.length === 0 ? (
        <p className={classes.hint}>
          {report.variants.every(({ id }) => findEvaluation(report, id)?.match !== undefined)
            ? 'Sizes and outputs are known. Benchmark to see how fast each variant is on this device.'
            : 'Sizes are known. Benchmark to see how fast each variant is on this device, and how near its outputs are.'}
        </p>
      ) : null}
      {report.variants.length === 0 ? null : <WhatChanged />}
      {report.variants.length === 0 ? null : <TryOut />}
    </section>
  );
}
