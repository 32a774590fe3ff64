/** Tracks which blocks of each model are drawn node by node. Pure. */
import type { GraphSelection } from '../../../state/models/graph-view';
import type { BlockIndex } from './collapse-blocks';
import type { Partners } from './partners';

/** Paths of expanded blocks, by the model. */
export type Expanded = Readonly<Record<string, ReadonlySet<string>>>;

export interface ModelWithBlocks {
  readonly id: string;
  /** `null` if blocks are not collapsed. */
  readonly blocks: BlockIndex | null;
}

type BlockOfModel = readonly [model: string, block: string];

export const nothingExpanded: ReadonlySet<string> = new Set();

/**
 * Expands the blocks around the selection, in every model in view, but none if a block itself is selected. Returns the
 * same object if nothing changes.
 */
export function withSelected(
  before: Expanded,
  models: readonly ModelWithBlocks[],
  partners: Partners,
  selection: GraphSelection,
): Expanded {
  const around = models.flatMap(({ id, blocks }): BlockOfModel[] => {
    const path = partners.pathIn(id, selection);
    const block = path === null ? null : (blocks?.around(path) ?? null);
    return block === null ? [] : [[id, block]];
  });
  return withAll(before, around, true);
}

export interface Toggled {
  readonly expanded: Expanded;
  /** The next selection: the first node of an expanded block, or the block that was collapsed. */
  readonly selected: string;
}

/**
 * Expands a block, or collapses the one that a node is in. In the other model it does the same to the block with the
 * partner of the first node that has one. `null` if the path leads to no block.
 */
export function toggled(
  before: Expanded,
  models: readonly ModelWithBlocks[],
  partners: Partners,
  { of, path }: GraphSelection,
): Toggled | null {
  const index = models.find(({ id }) => id === of)?.blocks ?? null;
  const own = index?.find(path) ? path : (index?.around(path) ?? null);
  const members = own === null ? undefined : index?.find(own)?.members;
  if (own === null || members === undefined) return null;
  const expands = !(before[of] ?? nothingExpanded).has(own);
  const others = models.filter(({ id }) => id !== of);
  const blocks = [[of, own] as const, ...blocksOfPartners(others, partners, of, members)];
  return { expanded: withAll(before, blocks, expands), selected: expands ? members[0]! : own };
}

function blocksOfPartners(
  models: readonly ModelWithBlocks[],
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

function withAll(before: Expanded, blocks: readonly BlockOfModel[], isExpanded: boolean): Expanded {
  return blocks.reduce<Expanded>((result, [model, block]) => {
    const known = result[model] ?? nothingExpanded;
    if (known.has(block) === isExpanded) return result;
    const changed = new Set(known);
    if (isExpanded) changed.add(block);
    else changed.delete(block);
    return { ...result, [model]: changed };
  }, before);
}
