/**
 * The blocks that are drawn node by node: those that a person expanded, and those around a selection from elsewhere.
 */
import { useState } from 'react';
import { selectInGraph, type GraphSelection } from '../../../state/models/graph-view';
import { nothingExpanded, toggled, withSelected, type Expanded, type ModelWithBlocks } from './expanded-blocks';
import type { Partners } from './partners';

export interface ExpandedBlocks {
  of(model: string): ReadonlySet<string>;
  /** Expands a block, or collapses the one that a node is in; its partner in the other model does the same. */
  toggle(model: ModelWithBlocks, path: string): void;
}

export function useExpandedBlocks(
  models: readonly ModelWithBlocks[],
  partners: Partners,
  selection: GraphSelection | null,
): ExpandedBlocks {
  const [expanded, setExpanded] = useState<Expanded>({});
  const needed = selection === null ? expanded : withSelected(expanded, models, partners, selection);
  // The selection is always drawn, wherever it was made.
  if (needed !== expanded) setExpanded(needed);
  return {
    of: (model) => expanded[model] ?? nothingExpanded,
    toggle({ id }, path) {
      const next = toggled(expanded, models, partners, { of: id, path });
      if (next === null) return;
      setExpanded(next.expanded);
      selectInGraph({ of: id, path: next.selected });
    },
  };
}
