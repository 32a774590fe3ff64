import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import type { AccuracyWarning } from '../../../../engine/metrics/evaluation';
import {
  checkData,
  checkWarnings,
  checkWithTime,
  dataCheckStore,
  openWarnings,
  skippedCheck,
} from '../../../state/data/data-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';
import { AccuracyDoubt } from './AccuracyDoubt';

interface DataCheckBannerProps {
  /** The screen shows the evaluation of the original with its warnings elsewhere. */
  readonly isBesideResults?: boolean;
}

/** The warnings of the check of new data, and why it was skipped. Each proposed change, and the check itself, is one click away. */
export function DataCheckBanner({ isBesideResults = false }: DataCheckBannerProps) {
  const found = useStore(dataCheckStore);
  const warnings = useWorkspace((state) => (isBesideResults ? checkWarnings : openWarnings)(state, found));
  const skipped = useWorkspace((state) => skippedCheck(state, found)?.skipped);
  return <CheckFindings warnings={warnings} skipped={skipped} />;
}

interface CheckFindingsProps {
  readonly warnings: readonly AccuracyWarning[];
  readonly skipped: string | undefined;
}

/** A skipped check may have warnings too: shapes and names state some without a run. */
export function CheckFindings({ warnings, skipped }: CheckFindingsProps) {
  const check = (
    <Button variant="default" size="compact-sm" onClick={() => void checkWithTime()}>
      Check
    </Button>
  );
  return (
    <>
      {warnings.map((warning) => (
        <AccuracyDoubt key={warning.code} warning={warning} onTaken={() => void checkData()} />
      ))}
      {skipped !== undefined && (
        <Banner kind="notice" actions={check}>
          {skipped}
        </Banner>
      )}
    </>
  );
}
