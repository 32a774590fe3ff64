/**
 * Shows the results of a search: a chart of two of its figures with the limits on them, and every candidate in a table.
 */
import { Box } from '@mantine/core';
import { lazy, Suspense, useMemo, type ComponentProps, type ReactNode } from 'react';
import type { Candidate } from '../../../../engine/search/candidate';
import { CandidateTable } from './CandidateTable';
import type Chart from './TradeOffChart';

/** The chart library comes with it. */
const TradeOffChart = lazy(() => import('./TradeOffChart'));

interface TradeOffProps extends ComponentProps<typeof Chart> {
  /** The action for a candidate. */
  readonly action?: (candidate: Candidate) => ReactNode;
}

export function TradeOff({ action, ...chart }: TradeOffProps) {
  const { result, colorOf } = chart;
  const hasPoints = result.candidates.some(({ sizeBytes, loss }) => sizeBytes !== undefined && loss !== undefined);
  // It may be long, and has no part in a limit that is dragged.
  const table = useMemo(
    () => <CandidateTable result={result} action={action} colorOf={colorOf} />,
    [result, action, colorOf],
  );
  return (
    <>
      {hasPoints ? (
        <Suspense fallback={<Box h={320} />}>
          <TradeOffChart {...chart} />
        </Suspense>
      ) : null}
      {table}
    </>
  );
}
