/**
 * Depth pruning removes residual blocks, one after the other. The blocks that change their input least are tried on
 * held-out samples, and the block whose removal keeps the outputs nearest is removed. Then the layers behind are fitted
 * to the original.
 */
import type { Model, ValueName } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import {
  refuseWhole,
  type Change,
  type PassContext,
  type PassOutcome,
  type Refusal,
  type StructuralPlan,
} from '../../pass';
import { nodes } from '../../../onnx/traverse';
import { sizesFor } from '../channels/channel-scope';
import { effortForMacs } from '../channels/trial/evidence';
import { stagedProgress, type StagedProgress } from '../channels/trial/staged-progress';
import { OutputTrial } from '../channels/trial/trial';
import { refuseData, refuseRepair, refuseRun, refuseUnusable } from '../channels/trial/trial-refusals';
import { readTrialSamples, type TrialSamples } from '../channels/trial/trial-samples';
import { blockInfluences } from './block-influence';
import { blockDetails, blockPlan, blockSentence, type DroppedBlock, type EvaluatedBlock } from './describe-blocks';
import type { DropBlocksOptions } from './drop-blocks-options';
import { residualSumOf } from './fused-sums';
import { refitBehind } from './refit-behind';
import { residualBlocks, withoutBlock, type BlockProblem, type ResidualBlock } from './residual-blocks';

const stages = { 'Inspecting blocks': 1, 'Trying to remove blocks': 3, 'Fitting layers': 3 } as const;
/** The consequence of unusable data. */
const unused = 'nothing was removed';
/** The number of blocks with the least influence that are tried. */
const mostTried = 6;

/** Throws only the signal's reason. */
export async function runDropBlocks(
  model: Model,
  options: DropBlocksOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const progress = stagedProgress(context, stages);
  const found = await scopeOf(model, options, context);
  const refusals = [...found.refusals];
  const done = (more: readonly Refusal[]): PassOutcome => {
    progress.finish();
    return { model, changes: [], refusals: [...refusals, ...more] };
  };
  if (found.blocks.length === 0) return done([refuseNothing()]);
  const { data, inference } = context;
  const samples = data && inference && (await readTrialSamples(data, effortForMacs(found.macs).samples));
  if (samples === undefined || inference === undefined) return done([refuseSamples(data?.samples)]);
  const unusable = refuseUnusable(samples, unused);
  if (unusable) return done([unusable]);
  try {
    const outcome = await dropLeast(
      { model, blocks: found.blocks },
      options,
      samples,
      { ...context, inference },
      progress,
    );
    progress.finish();
    return { ...outcome, refusals: [...refusals, ...outcome.refusals] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return done([refuseRun(error, unused)]);
  }
}

/** The blocks with their costs. With data also their influence, and the blocks that it would remove. */
export async function planDropBlocks(
  model: Model,
  options: DropBlocksOptions,
  context: PassContext,
): Promise<StructuralPlan> {
  const progress = stagedProgress(context, stages);
  const { blocks, macs, problems } = await scopeOf(model, options, context);
  const found = await evaluateForPlan(model, blocks, effortForMacs(macs).samples, context, progress);
  const planned = 'reason' in found ? model : await withoutLeast(model, found, options, context);
  progress.finish();
  return blockPlan({
    ...{ model, planned, sizes: sizesFor(model, undefined) },
    evaluated: 'reason' in found ? blocks.map((block): EvaluatedBlock => ({ block })) : found,
    problems: 'reason' in found ? [...problems, found] : problems,
  });
}

/** A refusal where there is no block, there are too few samples or none to use, or the model does not run on them. */
async function evaluateForPlan(
  model: Model,
  blocks: readonly ResidualBlock[],
  most: number,
  context: PassContext,
  progress: StagedProgress,
): Promise<readonly EvaluatedBlock[] | Refusal> {
  const { data, inference, signal } = context;
  if (blocks.length === 0) return refuseNothing();
  const samples = data && inference && (await readTrialSamples(data, most));
  if (samples === undefined || inference === undefined) return refuseSamples(data?.samples);
  const unusable = refuseUnusable(samples, unused);
  if (unusable) return unusable;
  try {
    return await evaluateBlocks(model, blocks, samples, { ...context, inference }, (done, total) =>
      progress.report('Inspecting blocks', done, total),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    return refuseRun(error, unused);
  }
}

/** Removes the blocks of the least influence, which is not measured again after each removal. */
async function withoutLeast(
  model: Model,
  evaluated: readonly EvaluatedBlock[],
  options: DropBlocksOptions,
  context: Pick<PassContext, 'checkpoint'>,
): Promise<Model> {
  let planned = model;
  for (let turn = 0; turn < options.blocks; turn += 1) {
    const { blocks } = await scopeOf(planned, options, context);
    const open = new Map(blocks.map((block) => [block.output, block]));
    const [next] = byInfluence(evaluated).flatMap(({ block }) => open.get(block.output) ?? []);
    if (next === undefined) break;
    planned = withoutBlock(planned, next);
  }
  return planned;
}

interface BlockScope {
  readonly blocks: readonly ResidualBlock[];
  readonly problems: readonly BlockProblem[];
  readonly macs: number;
  readonly refusals: readonly Refusal[];
}

async function scopeOf(
  model: Model,
  { exclude }: DropBlocksOptions,
  context: Pick<PassContext, 'checkpoint'>,
): Promise<BlockScope> {
  const inferred = inferModel(model, { dimensions: sizesFor(model, undefined) });
  const found = await residualBlocks(model, inferred, () => context.checkpoint());
  const isExcluded = ({ nodes: inside }: ResidualBlock): boolean =>
    inside.some((visit) => namesOfNode(visit).some((name) => exclude.includes(name)));
  const known = new Set([...nodes(model)].flatMap(namesOfNode));
  const left = found.blocks.filter(isExcluded).map(({ path, nodes: inside }) => ({
    path,
    op: inside.at(-1)!.node.opType ?? '',
    reason: 'Excluded by the options.',
  }));
  const problems = [...found.problems, ...left];
  return {
    blocks: found.blocks.filter((block) => !isExcluded(block)),
    problems,
    macs: model.graph!.nodes.reduce((sum, node) => sum + (inferred.macs(node) ?? 0), 0),
    refusals: [
      ...unknownNodeNames(exclude, known),
      ...problems.map(({ path, op, reason }) => ({ path, op, code: 'block-stays', reason })),
    ],
  };
}

type Running = PassContext & { readonly inference: NonNullable<PassContext['inference']> };

async function evaluateBlocks(
  model: Model,
  blocks: readonly ResidualBlock[],
  samples: TrialSamples,
  { signal, inference, checkpoint }: Pick<Running, 'signal' | 'inference' | 'checkpoint'>,
  progress: (done: number, total: number) => void,
): Promise<readonly EvaluatedBlock[]> {
  const request = { signal, inference, model, samples: samples.fit, checkpoint, progress };
  const influences = await blockInfluences(blocks, request);
  return blocks.map((block, at) => ({ block, influence: influences[at]! }));
}

function byInfluence(evaluated: readonly EvaluatedBlock[]): readonly EvaluatedBlock[] {
  const rank = ({ influence }: EvaluatedBlock): number =>
    Number.isNaN(influence) ? Infinity : (influence ?? Infinity);
  return evaluated.toSorted((a, b) => rank(a) - rank(b));
}

async function dropLeast(
  { model, blocks: all }: { readonly model: Model; readonly blocks: BlockScope['blocks'] },
  options: DropBlocksOptions,
  samples: TrialSamples,
  context: Running,
  progress: StagedProgress,
): Promise<PassOutcome> {
  const { signal, inference } = context;
  const trial = await OutputTrial.open({ signal, inference, original: model, tunable: [], samples });
  try {
    const paths = pathsByOutput(model);
    let current = model;
    let first: readonly EvaluatedBlock[] = [];
    const dropped: DroppedBlock[] = [];
    for (let turn = 0; turn < options.blocks; turn += 1) {
      const { blocks } = turn === 0 ? { blocks: all } : await scopeOf(current, options, context);
      if (blocks.length === 0) break;
      const evaluated = await evaluateBlocks(current, blocks, samples, context, (done, total) =>
        progress.report('Inspecting blocks', turn + done / total, options.blocks),
      );
      if (turn === 0) first = evaluated;
      const tried = await tryWithout(current, evaluated, trial, (done, total) =>
        progress.report('Trying to remove blocks', turn + done / total, options.blocks),
      );
      dropped.push(named(tried[0]!, paths));
      current = tried[0]!.model;
    }
    const last = dropped.at(-1)!;
    const behind = new Set(dropped.flatMap(({ block }) => block.nodes.flatMap(({ node }) => node.outputs)));
    const repaired = options.refit
      ? await refitBehind(model, current, behind, samples, context, (done, total) =>
          progress.report('Fitting layers', done, total),
        )
      : undefined;
    const divergence = repaired && (await trial.divergenceOf(repaired));
    const helps = divergence !== undefined && divergence < last.divergence;
    const chosen = helps && repaired ? repaired : current;
    const outcome = await trial.outcomeOf(chosen);
    return {
      model: chosen,
      changes: dropped.flatMap(({ block }) => changesOf(block, paths)),
      refusals:
        divergence === undefined || helps ? missing(dropped, options) : [...missing(dropped, options), refuseRepair()],
      details: blockDetails(first, dropped, helps ? divergence : undefined),
      sentence: blockSentence(model, current, dropped, outcome, sizesFor(model, samples.fit[0])),
    };
  } finally {
    trial.close();
  }
}

/** The nearest outputs first. */
async function tryWithout(
  model: Model,
  evaluated: readonly EvaluatedBlock[],
  trial: OutputTrial,
  progress: (done: number, total: number) => void,
): Promise<readonly DroppedBlock[]> {
  const some = byInfluence(evaluated).slice(0, mostTried);
  const tried: DroppedBlock[] = [];
  for (const one of some) {
    const without = withoutBlock(model, one.block);
    tried.push({ ...one, model: without, divergence: await trial.divergenceOf(without) });
    progress(tried.length, some.length);
  }
  return tried.toSorted((a, b) => a.divergence - b.divergence);
}

/** Paths of nodes without a name tell their places, which others' leaving changes. */
function pathsByOutput(model: Model): ReadonlyMap<ValueName, string> {
  return new Map([...nodes(model)].flatMap(({ node, path }) => node.outputs.map((name) => [name, path] as const)));
}

function named(dropped: DroppedBlock, paths: ReadonlyMap<ValueName, string>): DroppedBlock {
  const { block } = dropped;
  return { ...dropped, block: { ...block, path: paths.get(block.output) ?? block.path } };
}

function changesOf({ nodes: inside }: ResidualBlock, paths: ReadonlyMap<ValueName, string>): readonly Change[] {
  return inside.map(({ path, node }, at) => ({
    path: paths.get(node.outputs[0] ?? '') ?? path,
    op: node.opType ?? '',
    what:
      at === inside.length - 1 && residualSumOf(node)?.alone
        ? 'Normalizes the skip connection of its block'
        : 'Removed with its block',
  }));
}

function missing(dropped: readonly DroppedBlock[], { blocks }: DropBlocksOptions): readonly Refusal[] {
  if (dropped.length >= blocks) return [];
  return [
    refuseWhole('no-more-blocks', `Only ${dropped.length} of ${blocks} blocks could be removed: there are no more.`),
  ];
}

function refuseNothing(): Refusal {
  return refuseWhole('no-blocks', 'No block has a skip connection, so none can be removed.');
}

function refuseSamples(samples: number | undefined): Refusal {
  return refuseData(samples, 'finding the least important block needs data');
}
