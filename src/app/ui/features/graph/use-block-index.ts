import { useMemo } from 'react';
import type { InspectedModelEntry } from '../../../state/models/inspected-models';
import { useGraphBlocks } from '../../../state/models/use-inspection';
import { BlockIndex } from './collapse-blocks';

/** The repeated blocks of a described model; `null` while they are on their way, and for `null`. */
export function useBlockIndex(entry: InspectedModelEntry | null): BlockIndex | null {
  const inspected = entry?.inspected ?? null;
  const { value } = useGraphBlocks(inspected === null ? null : entry!.files);
  return useMemo(
    () => (value === undefined || inspected === null ? null : new BlockIndex(value, inspected.graphs)),
    [value, inspected],
  );
}
