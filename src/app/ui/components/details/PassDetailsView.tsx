/** Shows the details of any pass: one drawing for each form of details. */
import { Box, Stack, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { ShownDetail } from '../../../../engine/passes/pass-details';
import { summarizeInWords } from '../../../../engine/report/describe-detail';
import { DetailTable } from './DetailTable';
import { Note } from '../Note';

const DetailChart = lazy(() => import('./DetailChart'));

interface PassDetailsViewProps {
  readonly details: Readonly<Record<string, ShownDetail>>;
  /** The prefix of the names of exported charts, before the name of the detail. */
  readonly fileName: string;
}

export function PassDetailsView({ details, fileName }: PassDetailsViewProps) {
  return (
    <Stack gap={24} mt={8}>
      {Object.entries(details)
        .filter(([, detail]) => hasSomethingToDraw(detail))
        .map(([name, detail]) => (
          <Detail key={name} detail={detail} fileName={`${fileName}-${name}`} />
        ))}
    </Stack>
  );
}

/** A curve that ended at its beginning has no course. */
function hasSomethingToDraw(detail: ShownDetail): boolean {
  return detail.kind !== 'curve' || detail.series.some(({ points }) => points.length > 1);
}

function Detail({ detail, fileName }: { readonly detail: ShownDetail; readonly fileName: string }) {
  switch (detail.kind) {
    case 'table':
      return <DetailTable detail={detail} />;
    case 'curve':
    case 'histogram':
      return (
        <Suspense fallback={<Box h={300} />}>
          <DetailChart detail={detail} fileName={fileName} />
        </Suspense>
      );
    default:
      return (
        <Stack component="section" gap={8}>
          <Text component="h4" fw={600}>
            {detail.title}
          </Text>
          <Note>{summarizeInWords(detail)}</Note>
        </Stack>
      );
  }
}
