/** Runs every simplification until nothing changes any more. */
import { keepInputScales } from '../../analysis/input-scale';
import type { Model } from '../../onnx/graph';
import { inferModel, type InferredModel } from '../../onnx/infer';
import { raiseIrVersion } from '../../onnx/upgrade/raise-ir-version';
import { refuseWhole, type Change, type PassContext, type PassOutcome, type Refusal } from '../pass';
import { concatToPad } from './concat-to-pad';
import { constantsToInitializers } from './constants-to-initializers';
import { dropZeroStates } from './drop-zero-states';
import { eliminateNoOps } from './eliminate-no-ops';
import { eliminateShapeReads } from './eliminate-shape-reads';
import { foldConstants } from './fold-constants';
import { foldShapes } from './fold-shapes';
import { fuseActivations } from './fusions/fuse-activations';
import { fuseAffine } from './fusions/fuse-affine';
import { fuseInputAffine } from './fusions/fuse-input-affine';
import { fuseLayerNormalization } from './fusions/fuse-layer-normalization';
import { fuseMatrixSum } from './fusions/fuse-matrix-sum';
import { fusePad } from './fusions/fuse-pad';
import { fuseTransposes } from './fusions/fuse-transposes';
import { inlineBranches } from './inline-branches';
import { inlineFunctions } from './inline-functions';
import { mergeChains } from './merge-chains';
import { mergeEqual } from './merge-equal';
import { removeUnused } from './remove-unused';
import { GrowthBudget, type Simplification, type SimplifyContext } from './simplification';
import { simplificationIds, type SimplificationId, type SimplifyOptions } from './simplify-options';
import { unlistInitializers } from './unlist-initializers';

const simplifications: Readonly<Record<SimplificationId, Simplification>> = {
  'inline-functions': inlineFunctions,
  'unlist-initializers': unlistInitializers,
  'constants-to-initializers': constantsToInitializers,
  'fold-shapes': foldShapes,
  'eliminate-shape-reads': eliminateShapeReads,
  'drop-zero-states': dropZeroStates,
  'inline-branches': inlineBranches,
  'fold-constants': foldConstants,
  'eliminate-no-ops': eliminateNoOps,
  'merge-equal': mergeEqual,
  'fuse-activations': fuseActivations,
  'fuse-layer-normalization': fuseLayerNormalization,
  'merge-chains': mergeChains,
  'fuse-transposes': fuseTransposes,
  'concat-to-pad': concatToPad,
  'fuse-pad': fusePad,
  'fuse-affine': fuseAffine,
  'fuse-input-affine': fuseInputAffine,
  'fuse-matrix-sum': fuseMatrixSum,
  'remove-unused': removeUnused,
};

/** A round that changes nothing ends the work: the second one of the real models in the tests. */
const mostRounds = 50;

const withoutOutputs = refuseWhole('no-outputs', 'The graph has no outputs, so all of it is unused.');

export async function runSimplify(model: Model, chosen: SimplifyOptions, context: PassContext): Promise<PassOutcome> {
  if (model.graph?.outputs.length === 0) return { model, changes: [], refusals: [withoutOutputs] };
  const skipped = new Set(chosen.skip);
  const wanted = simplificationIds.filter((id) => !skipped.has(id)).map((id) => simplifications[id]);
  const shared: SimplifyContext = {
    ...context,
    inferred: createInferenceCache(),
    largestFoldedBytes: chosen.maxFoldedBytes,
    growth: new GrowthBudget(model, chosen.maxFoldedBytes),
    removesInputs: chosen.removeInputs,
  };
  const changes: Change[] = [];
  let refusals: Refusal[] = [];
  let current = model;
  for (let round = 0; round < mostRounds; round++) {
    const before = current;
    // Only the last refusals count, because earlier reasons may no longer apply.
    refusals = [];
    for (const [index, simplification] of wanted.entries()) {
      const done = round === 0 ? index : wanted.length;
      context.progress({ stage: simplification.summary, done, total: wanted.length + 1 });
      await context.checkpoint();
      const outcome = await simplification.apply(current, shared);
      if (outcome.model !== current) current = raiseIrVersion(outcome.model);
      // The lists are not spread into the call: arguments have to fit on the stack, and a large model has more changes
      // than that.
      for (const change of outcome.changes) changes.push(change);
      for (const refusal of outcome.refusals) refusals.push(refusal);
    }
    if (current === before) break;
  }
  context.progress({ stage: 'Simplified', done: wanted.length + 1, total: wanted.length + 1 });
  return { model: keepInputScales(model, current), changes, refusals };
}

/** Inference is made once for each model, however many simplifications ask. */
function createInferenceCache(): (model: Model) => InferredModel {
  const known = new WeakMap<Model, InferredModel>();
  return (model) => {
    const inferred = known.get(model) ?? inferModel(model, { byRulesOnly: true });
    known.set(model, inferred);
    return inferred;
  };
}
