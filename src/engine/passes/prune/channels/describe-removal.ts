/** The report of the pass: tables, changes, a sentence, and the plan. */
import { formatCount, formatPercent } from '../../../format';
import { isLock } from '../../../onnx/coupling/atoms';
import type { ChannelLayer } from '../../../onnx/coupling/channel-groups';
import type { KeptPositions } from '../../../onnx/ops/coupling/coupling-rule';
import { nothingFound } from '../../nothing-found';
import type { PassDetails } from '../../pass-details';
import { refuseWhole, type Change, type PlannedLayer, type Refusal, type StructuralPlan } from '../../pass';
import type { CountedOptions } from './prune-channels-options';
import { type ChannelScope, mostOfGroup } from './channel-scope';
import { mostWidths, type Widths } from './choose/channel-widths';
import type { TriedWidths } from './choose/choose-channels';
import { areHeads } from './choose/heads-of-attention';
import { repairDetail, withDivergence } from './repair/describe-repair';
import type { LayerRepair } from './repair/solve-layer';
import type { CostMeasure } from './choose/removal-cost';
import type { TrialOutcome } from './trial/trial';

/** The error of the outputs on held-out samples. */
export interface HeldOutOutcome extends TrialOutcome {
  readonly tried: readonly TriedWidths[];
  readonly repairs: readonly LayerRepair[];
}

export const costNames: Readonly<Record<CostMeasure, string>> = {
  macs: 'MACs',
  parameters: 'parameters',
  bytes: 'bytes of weights',
  channels: 'channels',
};

export function removalPlan(scope: ChannelScope, widths: Widths, options: CountedOptions): StructuralPlan {
  const { groups, cost, reasons, refusals } = scope;
  const heads = areHeads(scope.coupled, groups);
  const reachable = reachableShare(scope, options);
  const both = (measure: CostMeasure) => ({
    before: cost.whole(measure),
    after: Math.floor(cost.of(measure, widths) + 0.5),
  });
  const macs = both('macs');
  return {
    macs: macs.before > 0 ? macs : { before: null, after: null },
    parameters: both('parameters'),
    weightBytes: both('bytes'),
    groups: groups.map(({ id, layers, units, isAveraged }, group) => ({
      id,
      nodes: pathsOf(layers),
      giving: pathsOf(layers.filter((layer) => givesChannels(scope, groups[group]!, layer))),
      channels: units.length,
      kept: units.length - widths[group]!,
      ...(heads[group] && { areHeads: true }),
      ...(isAveraged && { areNormalized: true }),
      ...(reasons[group] !== undefined && { reason: reasons[group] }),
    })),
    layers: plannedLayers(scope, widths),
    ...(reachable !== undefined && { reachable: downTo(reachable) }),
    locked: refusals.filter(({ code }) => code !== 'no-such-node').map(({ path, reason }) => ({ path, reason })),
  };
}

function givesChannels(
  { coupled }: ChannelScope,
  { units }: ChannelScope['groups'][number],
  { weight, produces }: ChannelLayer,
): boolean {
  const atoms = produces === undefined ? undefined : coupled.values.get(weight)![produces];
  if (atoms === undefined || isLock(atoms)) return false;
  const own = new Set(units);
  return atoms.some((atom) => own.has(coupled.space.classOf(atom)));
}

/** Locked channels stay; of a group that a layer gives, it gives all units. */
function plannedLayers({ coupled, groups, layers }: ChannelScope, widths: Widths): readonly PlannedLayer[] {
  const groupOf = new Map(groups.flatMap(({ units }, group) => units.map((unit) => [unit, group] as const)));
  const planned = new Map<string, PlannedLayer>();
  for (const { path, weight, produces } of layers) {
    const atoms = produces === undefined ? undefined : coupled.values.get(weight)![produces];
    if (atoms === undefined || isLock(atoms) || planned.has(path)) continue;
    const units = new Set(atoms.map((atom) => coupled.space.classOf(atom)));
    const given = new Set([...units].flatMap((unit) => groupOf.get(unit) ?? []));
    const removed = [...given].reduce((sum, group) => sum + widths[group]!, 0);
    planned.set(path, { path, channels: units.size, kept: units.size - removed });
  }
  return [...planned.values()];
}

/** The path of each node once, even if it has several weights. */
function pathsOf(layers: readonly ChannelLayer[]): readonly string[] {
  return [...new Set(layers.map(({ path }) => path))];
}

/** The change of each layer. */
export function removalChanges({ coupled, layers }: ChannelScope, kept: KeptPositions): readonly Change[] {
  return layers.flatMap(({ path, node, weight, data, consumes, produces }) => {
    const atoms = coupled.values.get(weight)!;
    const part = (axis: number | undefined, verb: string): readonly string[] => {
      const positions = axis === undefined ? undefined : atoms[axis];
      if (positions === undefined || isLock(positions)) return [];
      const left = kept(positions).length;
      return left === positions.length ? [] : [`${verb} ${formatCount(left)} of ${formatCount(positions.length)}`];
    };
    const isState = data === node.outputs[0];
    const parts = isState ? part(consumes, 'keeps') : [...part(produces ?? 0, 'gives'), ...part(consumes, 'reads')];
    const unit = isState ? 'units' : 'channels';
    return parts.length === 0 ? [] : [{ path, op: node.opType ?? '', what: `${parts.join(' and ')} ${unit}` }];
  });
}

export function removalDetails(
  { groups }: ChannelScope,
  widths: Widths,
  heldOut: HeldOutOutcome | undefined,
): PassDetails {
  const total = groups.reduce((sum, { units }) => sum + units.length, 0);
  const removed = widths.reduce((sum, width) => sum + width, 0);
  return {
    groups: {
      kind: 'table',
      title: 'Channels by group',
      columns: [
        { label: 'First layer', unit: 'path' },
        { label: 'Layers', unit: 'count' },
        { label: 'Channels', unit: 'count' },
        { label: 'Kept', unit: 'count' },
      ],
      rows: groups.map(({ id, layers, units }, group) => [
        id,
        pathsOf(layers).length,
        units.length,
        units.length - widths[group]!,
      ]),
      total: ['All', null, total, total - removed],
    },
    ...(heldOut && heldOut.tried.length > 1 && { widths: triedDetail(heldOut.tried) }),
    ...(heldOut && heldOut.repairs.length > 0 && { repairs: repairDetail(heldOut.repairs) }),
  };
}

const mostTriedRows = 12;

function triedDetail(tried: readonly TriedWidths[]): PassDetails[string] {
  return {
    kind: 'table',
    title: 'Widths tried, best first',
    columns: [
      { label: 'How', unit: 'text' },
      { label: 'Removed channels', unit: 'text' },
      { label: 'Divergence', unit: 'number' },
    ],
    rows: tried.slice(0, mostTriedRows).map(({ name, widths, divergence }) => [name, widths.join(' '), divergence]),
  };
}

/** The share of the cost of the model that these channels remove. */
export function removedShare({ cost }: ChannelScope, widths: Widths, of: CostMeasure): number {
  const before = cost.whole(of);
  return before === 0 ? 0 : 1 - cost.of(of, widths) / before;
}

export function removalSentence(
  scope: ChannelScope,
  widths: Widths,
  { of }: CountedOptions,
  heldOut: HeldOutOutcome | undefined,
): string {
  const removed = `${formatPercent(removedShare(scope, widths, of))} of the ${costNames[of]} removed.`;
  return withDivergence(removed, heldOut);
}

/** The reachable share, if the target exceeds it. Shares that were set by hand are not a target. */
export function reachableShare(scope: ChannelScope, options: CountedOptions): number | undefined {
  if (areAllSet(scope)) return undefined;
  const most = removedShare(scope, mostWidths(scope.limits), options.of);
  return most >= options.remove - 1e-9 ? undefined : most;
}

/** Shares of all groups that may go were set by hand. */
export function areAllSet({ limits }: ChannelScope): boolean {
  return limits.every(({ fixed }) => fixed !== undefined) && limits.some(({ most }) => most > 0);
}

export function missedTarget(scope: ChannelScope, options: CountedOptions): readonly Refusal[] {
  const share = reachableShare(scope, options);
  if (share === undefined) return [];
  if (share === 0) return [nothingFound(scope.model, 'No channels can be removed.', 'target-missed')];
  const reason = `At most ${formatPercent(share)} of the ${costNames[options.of]} can be removed, so nothing was changed: locked channels stay, and at most ${formatPercent(mostOfGroup)} of each group can be removed. Ask for ${downTo(share)} or less.`;
  return [refuseWhole('target-missed', reason)];
}

/** Rounds a share down to thousandths. */
export function downTo(share: number): number {
  return Math.floor(share * 1000) / 1000;
}
