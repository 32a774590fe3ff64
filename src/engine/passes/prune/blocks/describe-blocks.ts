/** The report of the pass: tables, a sentence, and the plan. */
import { formatCounted, formatPercent } from '../../../format';
import type { Model } from '../../../onnx/graph';
import { macsOfModel, weightSizes } from '../../model-cost';
import type { StructuralPlan } from '../../pass';
import type { PassDetails } from '../../pass-details';
import { withDivergence } from '../channels/repair/describe-repair';
import type { TrialOutcome } from '../channels/trial/trial';
import { residualSumOf } from './fused-sums';
import type { BlockProblem, ResidualBlock } from './residual-blocks';

export interface EvaluatedBlock {
  readonly block: ResidualBlock;
  /** Absent without data. */
  readonly influence?: number;
}

export interface DroppedBlock extends EvaluatedBlock {
  /** The model without the block, and the divergence of its outputs. */
  readonly model: Model;
  readonly divergence: number;
}

type Sizes = Readonly<Record<string, number>>;

/** @param repaired the distance of the outputs after recovery, if it helped. */
export function blockDetails(
  evaluated: readonly EvaluatedBlock[],
  dropped: readonly DroppedBlock[],
  repaired: number | undefined,
): PassDetails {
  return {
    blocks: blockTable(evaluated, new Set(dropped.map(({ block }) => block.path))),
    dropped: {
      kind: 'table',
      title: 'Output error by number of removed blocks',
      columns: [
        { label: 'Without', unit: 'path' },
        { label: 'Divergence', unit: 'number' },
      ],
      rows: [
        ...dropped.map(({ block, divergence }) => [block.path, finite(divergence)] as const),
        ...(repaired === undefined ? [] : [['with least squares', finite(repaired)] as const]),
      ],
    },
  };
}

function blockTable(evaluated: readonly EvaluatedBlock[], dropped: ReadonlySet<string>): PassDetails[string] {
  return {
    kind: 'table',
    title: 'Residual blocks',
    columns: [
      { label: 'Ends with', unit: 'path' },
      { label: 'Nodes', unit: 'count' },
      { label: 'MACs', unit: 'count' },
      { label: 'Influence', unit: 'number' },
      { label: 'Removed', unit: 'text' },
    ],
    rows: evaluated.map(({ block, influence }) => [
      block.path,
      block.nodes.length,
      block.macs,
      influence === undefined ? null : finite(influence),
      dropped.has(block.path) ? 'yes' : null,
    ]),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function blockSentence(
  before: Model,
  after: Model,
  dropped: readonly DroppedBlock[],
  outcome: TrialOutcome,
  sizes: Sizes,
): string {
  const [whole, left] = [before, after].map((model) => macsOfModel(model, sizes));
  const ofMacs = whole && left !== null ? `, ${formatPercent(1 - left! / whole)} of the MACs` : '';
  const removed = `${formatCounted(dropped.length, 'block')} removed${ofMacs}.`;
  return withDivergence(removed, outcome);
}

export function blockPlan({
  model,
  planned,
  evaluated,
  problems,
  sizes,
}: {
  readonly model: Model;
  /** The model without the blocks that the plan removes. */
  readonly planned: Model;
  readonly evaluated: readonly EvaluatedBlock[];
  readonly problems: readonly BlockProblem[];
  readonly sizes: Sizes;
}): StructuralPlan {
  const [before, after] = [weightSizes(model), weightSizes(planned)];
  const [macs, left] = [macsOfModel(model, sizes), macsOfModel(planned, sizes)];
  const sums = new Set(planned.graph!.nodes.map((node) => residualSumOf(node)?.output));
  const dropped = new Set(evaluated.filter(({ block }) => !sums.has(block.output)).map(({ block }) => block.path));
  return {
    macs: macs === null || left === null ? { before: null, after: null } : { before: macs, after: left },
    parameters: { before: before.parameters, after: after.parameters },
    weightBytes: { before: before.bytes, after: after.bytes },
    groups: [],
    layers: [],
    details: { blocks: blockTable(evaluated, dropped) },
    locked: problems,
  };
}
