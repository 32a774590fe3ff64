/**
 * A classification by class: the matrix if it fits on a screen, or the way to get it, and each class with its figures.
 */
import { Box, Group } from '@mantine/core';
import { mostListedClasses, type ClassResults } from '../../../../engine/metrics/evaluation';
import { mostReportedClasses } from '../../../../engine/report/evaluation-schema';
import { ClassTable } from './ClassTable';
import { ConfusionMatrix } from './ConfusionMatrix';

interface ClassDetailsProps {
  readonly results: ClassResults;
  /** The name of the variant with these results. */
  readonly name: string;
}

export function ClassDetails({ results, name }: ClassDetailsProps) {
  const hasMatrix = results.names.length <= mostReportedClasses;
  return (
    <>
      {hasMatrix ? null : <MatrixElsewhere />}
      {/* The table is beside the matrix if there is room for all of it, otherwise under it. */}
      <Group align="flex-start" gap={24}>
        {hasMatrix ? <ConfusionMatrix results={results} name={name} /> : null}
        <Box flex="1 1 460px" miw={0}>
          <ClassTable results={results} name={name} />
        </Box>
      </Group>
    </>
  );
}

function MatrixElsewhere() {
  return (
    <p>
      The confusion matrix is shown for up to {mostReportedClasses} classes. On the command line,{' '}
      <code>pareto evaluate</code> prints it for up to {mostListedClasses} with <code>--confusion</code>.
    </p>
  );
}
