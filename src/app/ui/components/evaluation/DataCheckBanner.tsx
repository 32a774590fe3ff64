import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import { checkData, checkWarnings, dataCheckStore, skippedCheck } from '../../../state/data/data-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';
import { AccuracyDoubt } from './AccuracyDoubt';

/** A model that was too slow for the quick check has so long for the one that a person asks for. */
const longCheckMs = 120_000;

/** The warnings of the check of new data, or why it was skipped. Each proposed change, and the check itself, is one click away. */
export function DataCheckBanner() {
  const found = useStore(dataCheckStore);
  const warnings = useWorkspace((state) => checkWarnings(state, found));
  const skipped = useWorkspace((state) => skippedCheck(state, found));
  if (skipped !== undefined) {
    const check = (
      <Button variant="default" size="compact-sm" onClick={() => void checkData(longCheckMs)}>
        Check
      </Button>
    );
    return (
      <Banner kind="notice" actions={check}>
        {skipped}
      </Banner>
    );
  }
  return warnings.map((warning) => (
    <AccuracyDoubt key={warning.code} warning={warning} onTaken={() => void checkData()} />
  ));
}
