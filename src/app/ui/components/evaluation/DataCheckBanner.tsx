import { useStore } from 'zustand';
import { checkData, checkWarnings, dataCheckStore } from '../../../state/data/data-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { AccuracyDoubt } from './AccuracyDoubt';

/** What a first look at the data found, with what fits better one click away. Nothing while nothing was found. */
export function DataCheckBanner() {
  const found = useStore(dataCheckStore);
  const warnings = useWorkspace((state) => checkWarnings(state, found));
  return warnings.map((warning) => (
    <AccuracyDoubt key={warning.code} warning={warning} onTaken={() => void checkData()} />
  ));
}
