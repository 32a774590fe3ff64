/** Every pass, by the name that recipes and the command line use. Adding a pass = one entry here. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import { definePass, refuseWhole, type OrderedStep, type Pass } from './pass';
import { removalReason } from './removed-parts';
import { convertOpset } from './opset/convert-opset';
import { convertFloat16 } from './float16/convert/convert-float16';
import { storeFloat16 } from './float16/store/store-float16';
import { factorize } from './factorize/factorize';
import { fixDimensions } from './dimensions/fix-dimensions';
import { shortenNames } from './names/shorten-names';
import { dropBlocks } from './prune/blocks/drop-blocks';
import { pruneChannels } from './prune/channels/prune-channels';
import { pruneWeights } from './prune/weights/prune-weights';
import { quantizeDynamic } from './quantize/dynamic/quantize-dynamic';
import { quantizeStatic } from './quantize/static/quantize-static';
import { quantizeWeights } from './quantize/weights/quantize-weights';
import { restoreFloat } from './restore-float/restore-float';
import { simplify } from './simplify/simplify';
import { fineTune } from './train/fine-tune/fine-tune';
import { quantizeAwareTraining } from './train/quantize-aware/quantize-aware-training';

export const passes: readonly Pass[] = [
  restoreFloat,
  simplify,
  convertOpset,
  fixDimensions,
  quantizeDynamic,
  quantizeStatic,
  quantizeWeights,
  convertFloat16,
  pruneChannels,
  pruneWeights,
  factorize,
  dropBlocks,
  fineTune,
  quantizeAwareTraining,
  storeFloat16,
  shortenNames,
];

/** Former ids of passes in older recipes and links. */
const formerIds: ReadonlyMap<string, string> = new Map([['prune-magnitude', 'prune-weights']]);

/** The id of today for one that a pass had before. */
export function currentPassId(id: string): string {
  return formerIds.get(id) ?? id;
}

/** Finds a pass of a recipe, a report or saved work by its present or a former id. `undefined`: only a later Pareto knows it. */
export function findPass(id: string): Pass | undefined {
  const current = currentPassId(id);
  return passes.find((candidate) => candidate.id === current);
}

/** Throws `recipe/unknown-pass` with the names that exist, and `recipe/removed-pass` with the reason. */
export function passById(id: string): Pass {
  const pass = findPass(id);
  if (pass) return pass;
  const reason = removalReason(id, {});
  if (reason !== undefined) throw new ParetoError('recipe/removed-pass', reason);
  throw new ParetoError(
    'recipe/unknown-pass',
    `There is no pass ${formatQuoted(id)}. Passes: ${passes.map((candidate) => candidate.id).join(', ')}.`,
  );
}

/**
 * Replaces a step that names a removed part by a pass without options that changes nothing and gives the reason. The
 * recipe opens and its other steps run. `undefined` for every other step.
 */
export function removedPassOf({ pass, options }: OrderedStep): Pass | undefined {
  const id = currentPassId(pass);
  const reason = removalReason(id, options);
  if (reason === undefined) return undefined;
  const refusals = [refuseWhole('removed', reason)];
  return definePass({
    id,
    options: {},
    presentation: { title: findPass(id)?.presentation.title ?? id, summary: reason },
    run: (model) => Promise.resolve({ model, changes: [], refusals }),
  });
}
