/** The nodes of a model and its variant side by side, from the cells of a benchmark that timed them. */
import { diffModels } from '../../src/engine/analysis/diff/diff';
import { inspect } from '../../src/engine/analysis/inspect';
import { freeDimensionsOf, withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { originalId, type CellResult } from '../../src/engine/metrics/cell';
import { pairNodes, type NodePair, type ProfiledModel } from '../../src/engine/profiling/pair-nodes';
import type { Shell } from '../command';
import type { FoundModel } from '../files/model-on-disk';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import { openInputUnhashed } from '../files/open-input';

/** Pairs the nodes as the first provider timed them. `undefined` if it did not time the nodes of both models. */
export async function pairNodesOnDisk(
  shell: Shell,
  cells: readonly CellResult[],
  { original, variant }: { readonly original: FoundModel; readonly variant: FoundModel },
  given: FreeDimensions,
): Promise<readonly NodePair[] | undefined> {
  const timed = cells.filter(({ nodeTimes }) => nodeTimes !== undefined);
  const b = timed.find((cell) => cell.variant !== originalId);
  const a = timed.find((cell) => cell.variant === originalId && cell.ep === b?.ep);
  if (a === undefined || b === undefined) return undefined;
  const opened = [openInputUnhashed(original.path, shell), openInputUnhashed(variant.path, shell)] as const;
  const pairs: [string, string][] = [];
  const host = createRecipeHost(shell.signal);
  await diffModels(opened[0].model, opened[1].model, {
    checkpoint: () => host.checkpoint(),
    onPair: (one, other) => void pairs.push([one, other]),
  });
  const profiled = ({ model, inspection }: OpenedFile, cell: CellResult): ProfiledModel => {
    const batches = freeDimensionsOf(inspection.inputs).filter(({ isBatch }) => isBatch);
    const ofBatch = Object.fromEntries(batches.map(({ key }) => [key, cell.batch]));
    const dimensions = withSuggestedDimensions(inspection.inputs, { ...ofBatch, ...given });
    const { nodes } = inspect(model, inspection.file, { dimensions });
    return { times: { nodes: cell.nodes ?? [], unattributed: cell.nodeTimes?.unattributed ?? [] }, costs: nodes };
  };
  return pairNodes(profiled(opened[0], a), profiled(opened[1], b), pairs);
}
