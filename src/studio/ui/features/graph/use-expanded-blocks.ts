/** Which blocks are drawn node by node: those that a person expanded, and those around what was selected by another way. */
import { useState } from 'react';
import { selectInGraph, type GraphSelection } from '../../../state/graph-view';
import type { PaneModel } from './GraphPane';
import type { Partners } from './partners';

type Expanded = Readonly<Record<string, ReadonlySet<string>>>;

export interface ExpandedBlocks {
  of(model: string): ReadonlySet<string>;
  /** Expands a block, or collapses the one that a node is in; its partner in the other model does the same. */
  toggle(model: PaneModel, path: string): void;
}

const nothing: ReadonlySet<string> = new Set();

export function useExpandedBlocks(
  models: readonly PaneModel[],
  partners: Partners,
  selection: GraphSelection | null,
): ExpandedBlocks {
  const [expanded, setExpanded] = useState<Expanded>({});
  const needed = selection === null ? expanded : withAll(expanded, blocksAround(models, partners, selection), true);
  // What is selected is drawn, whatever led to it.
  if (needed !== expanded) setExpanded(needed);
  return {
    of: (model) => expanded[model] ?? nothing,
    toggle(model, path) {
      const around = model.blocks?.find(path) ?? null;
      const own = around === null ? (model.blocks?.around(path) ?? null) : path;
      const members = own === null ? undefined : model.blocks?.find(own)?.members;
      if (own === null || members === undefined) return;
      const expands = !(expanded[model.id] ?? nothing).has(own);
      const blocks = blocksAroundAny(models, partners, model.id, members);
      setExpanded((before) => withAll(before, blocks, expands));
      selectInGraph({ of: model.id, path: expands ? members[0]! : own });
    },
  };
}

type BlockOfModel = readonly [model: string, block: string];

/** In every model in view; none where a block itself is selected. */
function blocksAround(models: readonly PaneModel[], partners: Partners, selection: GraphSelection): BlockOfModel[] {
  return models.flatMap(({ id, blocks }): BlockOfModel[] => {
    const path = partners.pathIn(id, selection);
    const block = path === null ? null : (blocks?.around(path) ?? null);
    return block === null ? [] : [[id, block]];
  });
}

/** The block of these nodes, and in the other model the one of the first that has a partner in a block. */
function blocksAroundAny(
  models: readonly PaneModel[],
  partners: Partners,
  of: string,
  members: readonly string[],
): BlockOfModel[] {
  return models.flatMap(({ id, blocks }): BlockOfModel[] => {
    for (const path of members) {
      const partner = partners.pathIn(id, { of, path });
      const block = partner === null ? null : (blocks?.around(partner) ?? null);
      if (block !== null) return [[id, block]];
    }
    return [];
  });
}

/** The same object where nothing changes. */
function withAll(before: Expanded, blocks: readonly BlockOfModel[], isExpanded: boolean): Expanded {
  return blocks.reduce<Expanded>((result, [model, block]) => {
    const known = result[model] ?? nothing;
    if (known.has(block) === isExpanded) return result;
    const changed = new Set(known);
    if (isExpanded) changed.add(block);
    else changed.delete(block);
    return { ...result, [model]: changed };
  }, before);
}
