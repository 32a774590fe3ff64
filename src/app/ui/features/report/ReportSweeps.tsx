/** Models of the report measured alone, over the values of a setting. */
import { SimpleGrid } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { describeSweepConditions } from '../../../../engine/profiling/sweep';
import type { Report } from '../../../../engine/report/report-schema';
import { pointsOfSweep } from '../../../../engine/report/sweep-schema';
import { ReportPart } from './FoldedOnPhone';

const SweepChart = lazy(() => import('../../components/charts/SweepChart'));

interface ReportSweepsProps {
  readonly report: Report;
  readonly colorOf: (id: string) => string;
}

export function ReportSweeps({ report: { sweeps = [], variants }, colorOf }: ReportSweepsProps) {
  if (sweeps.length === 0) return null;
  return (
    <ReportPart title="Settings tried">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={24}>
        <Suspense fallback={null}>
          {sweeps.map((sweep, index) => (
            <SweepChart
              key={`${index} ${sweep.variant} ${sweep.axis}`}
              sweep={{
                ...sweep,
                points: pointsOfSweep(sweep),
                notes: [describeSweepConditions(sweep), ...(sweep.notes ?? [])],
              }}
              name={variants.find(({ id }) => id === sweep.variant)?.name ?? 'original'}
              color={colorOf(sweep.variant)}
            />
          ))}
        </Suspense>
      </SimpleGrid>
    </ReportPart>
  );
}
