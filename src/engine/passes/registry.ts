/** Every pass, by the name that recipes and the command line use. Adding a pass = one entry here. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import type { Pass } from './pass';
import { convertOpset } from './opset/convert-opset';
import { convertFloat16 } from './float16/convert/convert-float16';
import { storeFloat16 } from './float16/store/store-float16';
import { factorize } from './factorize/factorize';
import { fixDimensions } from './dimensions/fix-dimensions';
import { smallerInput } from './dimensions/smaller-input';
import { shortenNames } from './names/shorten-names';
import { pruneChannels } from './prune/channels/prune-channels';
import { pruneWeights } from './prune/weights/prune-weights';
import { quantizeDynamic } from './quantize/dynamic/quantize-dynamic';
import { quantizeStatic } from './quantize/static/quantize-static';
import { quantizeWeights } from './quantize/weights/quantize-weights';
import { restoreFloat } from './restore-float/restore-float';
import { simplify } from './simplify/simplify';
import { trainAdapters } from './train/adapters/train-adapters';
import { fineTune } from './train/fine-tune/fine-tune';
import { quantizeAwareTraining } from './train/quantize-aware/quantize-aware-training';

export const passes: readonly Pass[] = [
  restoreFloat,
  simplify,
  convertOpset,
  fixDimensions,
  smallerInput,
  quantizeDynamic,
  quantizeStatic,
  quantizeWeights,
  convertFloat16,
  pruneChannels,
  pruneWeights,
  factorize,
  fineTune,
  quantizeAwareTraining,
  trainAdapters,
  storeFloat16,
  shortenNames,
];

/** Finds a pass of a recipe, a report or saved work by its id. `undefined`: only a later Pareto knows it. */
export function findPass(id: string): Pass | undefined {
  return passes.find((candidate) => candidate.id === id);
}

/** Throws `recipe/unknown-pass` with the names that exist. */
export function passById(id: string): Pass {
  const pass = findPass(id);
  if (pass) return pass;
  throw new ParetoError(
    'recipe/unknown-pass',
    `There is no pass ${formatQuoted(id)}. Passes: ${passes.map((candidate) => candidate.id).join(', ')}.`,
  );
}
