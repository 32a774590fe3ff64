import { useMemo } from 'react';
import type { DescriptionEntry } from '../../../state/models/graph-descriptions';
import { useGraphBlocks } from '../../../state/models/use-inspection';
import { BlockIndex } from './collapse-blocks';

/** The repeated blocks of a described model; `null` while they are on their way, and for `null`. */
export function useBlockIndex(entry: DescriptionEntry | null): BlockIndex | null {
  const description = entry?.description ?? null;
  const { value } = useGraphBlocks(description === null ? null : entry!.files);
  return useMemo(
    () => (value === undefined || description === null ? null : new BlockIndex(value, description.graphs)),
    [value, description],
  );
}
