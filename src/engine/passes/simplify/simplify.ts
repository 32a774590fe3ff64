/** Runs every simplification until nothing changes any more. */
import { keepInputScales } from '../../analysis/input-scale';
import type { Model } from '../../onnx/graph';
import { inferModel, type InferredModel } from '../../onnx/infer';
import { raiseIrVersion } from '../../onnx/raise-ir-version';
import type { Change, OptionSpec, Pass, Refusal } from '../pass';
import { concatToPad } from './concat-to-pad';
import { constantsToInitializers } from './constants-to-initializers';
import { dropZeroStates } from './drop-zero-states';
import { eliminateNoOps } from './eliminate-no-ops';
import { eliminateShapeReads } from './eliminate-shape-reads';
import { foldConstants } from './fold-constants';
import { foldShapes } from './fold-shapes';
import { fuseActivations } from './fuse-activations';
import { fuseAffine } from './fuse-affine';
import { fuseInputAffine } from './fuse-input-affine';
import { fuseLayerNormalization } from './fuse-layer-normalization';
import { fuseMatrixSum } from './fuse-matrix-sum';
import { fusePad } from './fuse-pad';
import { fuseTransposes } from './fuse-transposes';
import { inlineBranches } from './inline-branches';
import { inlineFunctions } from './inline-functions';
import { mergeChains } from './merge-chains';
import { mergeEqual } from './merge-equal';
import { removeUnused } from './remove-unused';
import type { Simplification, SimplifyContext } from './simplification';
import { unlistInitializers } from './unlist-initializers';

/** In the order in which they run: what makes constants visible first, what clears up last. Adding one is one entry. */
export const simplifications: readonly Simplification[] = [
  inlineFunctions,
  unlistInitializers,
  constantsToInitializers,
  foldShapes,
  eliminateShapeReads,
  dropZeroStates,
  inlineBranches,
  foldConstants,
  eliminateNoOps,
  mergeEqual,
  fuseActivations,
  fuseLayerNormalization,
  mergeChains,
  fuseTransposes,
  concatToPad,
  fusePad,
  fuseAffine,
  fuseInputAffine,
  fuseMatrixSum,
  removeUnused,
];

/** A round that changes nothing ends the work: the second one of the real models in the tests. */
const mostRounds = 50;

const options = {
  skip: {
    kind: 'list',
    label: 'Leave out',
    explanation: 'Simplifications that are not done.',
    default: [],
    choices: simplifications.map(({ id }) => id),
  },
  maxFoldedBytes: {
    kind: 'number',
    label: 'Largest folded constant that may add to the file (bytes)',
    explanation:
      'What depends on constants alone is computed once and kept. Up to this size it may take more bytes than the constants that it replaces, beyond it never.',
    default: 4096,
    minimum: 0,
    maximum: 2 ** 28,
    step: 1024,
  },
  removeInputs: {
    kind: 'boolean',
    label: 'Remove inputs that nothing reads',
    explanation:
      'Off by default, since whoever runs the model gives its inputs by name and would have to leave the removed ones out.',
    default: false,
  },
} as const satisfies Record<string, OptionSpec>;

export const simplify: Pass = {
  id: 'simplify',
  title: 'Simplify',
  summary: 'Fewer nodes with the same answers: folds, fuses and removes what need not run.',
  options,
  async run(model, chosen, context) {
    const skipped = new Set(chosen.skip as readonly string[]);
    const wanted = simplifications.filter(({ id }) => !skipped.has(id));
    const shared: SimplifyContext = {
      ...context,
      inferred: createInferenceCache(),
      largestFoldedBytes: chosen.maxFoldedBytes as number,
      removesInputs: chosen.removeInputs as boolean,
    };
    const changes: Change[] = [];
    let refusals: Refusal[] = [];
    let current = model;
    for (let round = 0; round < mostRounds; round++) {
      const before = current;
      // What could not be done at the end counts: an earlier reason may be gone by then.
      refusals = [];
      for (const [index, simplification] of wanted.entries()) {
        const done = round === 0 ? index : wanted.length;
        context.progress({ stage: simplification.summary, done, total: wanted.length + 1 });
        await context.checkpoint();
        const outcome = await simplification.apply(current, shared);
        if (outcome.model !== current) current = raiseIrVersion(outcome.model);
        // Not spread into the call: its arguments have to fit on the stack, and a large model has more changes than that.
        for (const change of outcome.changes) changes.push(change);
        for (const refusal of outcome.refusals) refusals.push(refusal);
      }
      if (current === before) break;
    }
    context.progress({ stage: 'Simplified', done: wanted.length + 1, total: wanted.length + 1 });
    return { model: keepInputScales(model, current), changes, refusals };
  },
};

/** Inference is made once for each model, however many simplifications ask. */
function createInferenceCache(): (model: Model) => InferredModel {
  const known = new WeakMap<Model, InferredModel>();
  return (model) => {
    const inferred = known.get(model) ?? inferModel(model, { byRulesOnly: true });
    known.set(model, inferred);
    return inferred;
  };
}
