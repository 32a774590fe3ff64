import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import type { AccuracyWarning } from '../../../../engine/metrics/evaluation';
import { checkData, checkWarnings, dataCheckStore, skippedCheck } from '../../../state/data/data-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';
import { AccuracyDoubt } from './AccuracyDoubt';

/** A model that was too slow for the quick check has so long for the one that a person asks for. */
const longCheckMs = 120_000;

/** The warnings of the check of new data, and why it was skipped. Each proposed change, and the check itself, is one click away. */
export function DataCheckBanner() {
  const found = useStore(dataCheckStore);
  const warnings = useWorkspace((state) => checkWarnings(state, found));
  const skipped = useWorkspace((state) => skippedCheck(state, found));
  return <CheckFindings warnings={warnings} skipped={skipped} />;
}

interface CheckFindingsProps {
  readonly warnings: readonly AccuracyWarning[];
  readonly skipped: string | undefined;
}

/** A skipped check may have warnings too: shapes and names state some without a run. */
export function CheckFindings({ warnings, skipped }: CheckFindingsProps) {
  const check = (
    <Button variant="default" size="compact-sm" onClick={() => void checkData(longCheckMs)}>
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
