import { useMemo } from 'react';
import type { InspectedModelEntry } from '../../../state/models/inspected-models';
import { useGraphBlocks } from '../../../state/models/use-inspection';
import { isMeasuring } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { BlockIndex } from './collapse-blocks';

export interface ModelBlocks {
  /** `null` if blocks are not collapsed, or not known. */
  readonly blocks: BlockIndex | null;
  /** True if the blocks will be known in a moment: a graph that is drawn at once would be drawn again. */
  readonly isWaiting: boolean;
}

/** The repeated blocks of a described model; none for `null`. */
export function useBlockIndex(entry: InspectedModelEntry | null): ModelBlocks {
  const inspected = entry?.inspected ?? null;
  const { value, problem } = useGraphBlocks(inspected === null ? null : entry!.files);
  // Blocks are not computed during a measurement, and the graph does not wait for them.
  const measures = useJob(isMeasuring);
  const blocks = useMemo(
    () => (value === undefined || inspected === null ? null : new BlockIndex(value, inspected.graphs)),
    [value, inspected],
  );
  return { blocks, isWaiting: inspected !== null && value === undefined && problem === null && !measures };
}
