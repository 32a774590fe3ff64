import { useStore } from 'zustand';
import { checkData, checkWarnings, dataCheckStore } from '../../../state/data/data-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { AccuracyDoubt } from './AccuracyDoubt';

/** The warnings of the check of new data. Each proposed change is one click away. */
export function DataCheckBanner() {
  const found = useStore(dataCheckStore);
  const warnings = useWorkspace((state) => checkWarnings(state, found));
  return warnings.map((warning) => (
    <AccuracyDoubt key={warning.code} warning={warning} onTaken={() => void checkData()} />
  ));
}
