/** The report of the pass: tables, changes, a sentence, and the plan. */
import { formatCount, formatCounted, formatPercent } from '../../format';
import { bitsPerElement, DataType } from '../../onnx/data-type';
import { weightSizes } from '../model-cost';
import { refuseWhole, type Change, type Refusal, type StructuralPlan } from '../pass';
import type { PassDetails } from '../pass-details';
import { repairDetail, withDivergence } from '../prune/channels/repair/describe-repair';
import type { TrialOutcome } from '../prune/channels/trial/trial';
import type { LayerRepair } from '../prune/channels/repair/solve-layer';

import { costOf, leastRanks, wholeCost, type ChosenRanks } from './choose-ranks';
import { costBefore, rankedLayer, rankedLayers, type DecomposedLayer } from './decompose-layers';
import { costNames, type FactorizeOptions } from './factorize-options';
import type { FactorizeScope } from './factorize-scope';
import { formNames, type Cost } from './layer-forms';

/** The error of the outputs on held-out samples. */
export interface FactorizeOutcome extends TrialOutcome {
  readonly repairs: readonly LayerRepair[];
}

/** The cost of the layers with the chosen ranks. */
function costAfter(layers: readonly DecomposedLayer[], chosen: ChosenRanks, of: keyof Cost): number {
  return wholeCost(rankedLayers(layers, of), chosen);
}

/** The reachable share, if the target exceeds it. */
function reachableShare(layers: readonly DecomposedLayer[], { of, remove }: FactorizeOptions): number | undefined {
  const before = costBefore(layers, of);
  const most = before === 0 ? 0 : 1 - costAfter(layers, leastRanks(rankedLayers(layers, of)), of) / before;
  return most >= remove - 1e-9 ? undefined : Math.floor(most * 1000) / 1000;
}

export function missedTarget(layers: readonly DecomposedLayer[], options: FactorizeOptions): readonly Refusal[] {
  if (layers.length === 0) {
    return [refuseWhole('no-layers', 'No layer can be factorized.')];
  }
  const share = reachableShare(layers, options);
  if (share === undefined) return [];
  const reason = `At most ${formatPercent(share)} of the ${costNames[options.of]} of these layers can be removed, so nothing was changed. Ask for ${share} or less.`;
  return [refuseWhole('target-missed', reason)];
}

export function factorizationChanges(layers: readonly DecomposedLayer[], chosen: ChosenRanks): readonly Change[] {
  return layers.flatMap(({ layer, bases }, at): readonly Change[] => {
    const choice = chosen[at];
    if (choice === undefined) return [];
    const { method } = bases[choice.option]!.form;
    const between = method === 'depthwise-separable' ? choice.rank * layer.inputs : choice.rank;
    const what = `Two layers with ${formatCount(between)} channels between them: ${formNames[method]}`;
    return layer.readers.map(({ path, node }) => ({ path, op: node.opType ?? '', what }));
  });
}

/** A row for each layer. Its loss is that of the weight, on data if there is any. */
function layerTable(layers: readonly DecomposedLayer[], chosen: ChosenRanks): PassDetails[string] {
  return {
    kind: 'table',
    title: 'Factorized layers',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Method', unit: 'text' },
      { label: 'Rank', unit: 'count' },
      { label: 'Full rank', unit: 'count' },
      { label: 'MACs before', unit: 'count' },
      { label: 'MACs after', unit: 'count' },
      { label: 'Loss', unit: 'share' },
    ],
    rows: layers.map((decomposed, at) => {
      const choice = chosen[at];
      const before = decomposed.cost.macs;
      if (choice === undefined) return [decomposed.layer.path, 'unchanged', null, null, before, before, 0];
      const { form, losses } = decomposed.bases[choice.option]!;
      const after = Math.floor(costOf(rankedLayer(decomposed, 'macs'), choice) + 0.5);
      return [decomposed.layer.path, form.method, choice.rank, form.fullRank, before, after, losses[choice.rank]!];
    }),
    total: [
      'All',
      null,
      null,
      null,
      costBefore(layers, 'macs'),
      Math.floor(costAfter(layers, chosen, 'macs') + 0.5),
      null,
    ],
  };
}

export function factorizationDetails(
  layers: readonly DecomposedLayer[],
  chosen: ChosenRanks,
  outcome: FactorizeOutcome | undefined,
): PassDetails {
  const repairs = outcome?.repairs ?? [];
  return {
    layers: layerTable(layers, chosen),
    ...(repairs.length > 0 && { repairs: repairDetail(repairs) }),
  };
}

export function factorizationSentence(
  { macs }: FactorizeScope,
  layers: readonly DecomposedLayer[],
  chosen: ChosenRanks,
  of: FactorizeOptions['of'],
  outcome: FactorizeOutcome | undefined,
): string {
  const count = chosen.filter((choice) => choice !== undefined).length;
  const [before, after] = [costBefore(layers, of), costAfter(layers, chosen, of)];
  const saved = costBefore(layers, 'macs') - costAfter(layers, chosen, 'macs');
  const ofModel = macs === null || macs === 0 ? '' : `, and ${formatPercent(saved / macs)} of the model’s MACs`;
  const removed = `${formatPercent(1 - after / before)} of the ${costNames[of]} of ${formatCounted(layers.length, 'layer')} removed${ofModel}; ${formatCount(count)} factorized.`;
  return withDivergence(removed, outcome);
}

export function factorizationPlan(
  scope: FactorizeScope,
  layers: readonly DecomposedLayer[],
  chosen: ChosenRanks,
  options: FactorizeOptions,
): StructuralPlan {
  const saved = (of: keyof Cost): number => Math.floor(costBefore(layers, of) - costAfter(layers, chosen, of) + 0.5);
  const { parameters, bytes } = weightSizes(scope.model);
  const savedBytes = layers.reduce((sum, layer, at) => {
    const bits = bitsPerElement(layer.layer.weight.dataType ?? DataType.undefined) ?? 0;
    return sum + ((layer.cost.parameters - costOf(rankedLayer(layer, 'parameters'), chosen[at])) * bits) / 8;
  }, 0);
  const reachable = reachableShare(layers, options);
  const { macs } = scope;
  return {
    macs: macs === null ? { before: null, after: null } : { before: macs, after: macs - saved('macs') },
    parameters: { before: parameters, after: parameters - saved('parameters') },
    weightBytes: { before: bytes, after: bytes - Math.floor(savedBytes + 0.5) },
    groups: [],
    layers: [],
    details: { layers: layerTable(layers, chosen) },
    ...(reachable !== undefined && { reachable }),
    locked: scope.refusals.filter(({ code }) => code !== 'no-such-node').map(({ path, reason }) => ({ path, reason })),
  };
}
