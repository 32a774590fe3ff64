/** The share of each layer that the plan of a structural pass removes, shown while its options are chosen. */
import { formatPercent } from '../../engine/format';
import { planBasis, planStore, type MadePlan } from '../state/recipe/plan-actions';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import { onlyOfOriginal, type NodeMetric, type NodeNumbers } from './node-metric';
import { perObject } from '../state/workspace/per-object';

type KnownNumbers = Extract<NodeNumbers, { readonly state: 'known' }>;

const notPlanned: NodeNumbers = {
  state: 'not-known',
  why: 'there is no plan. Open a pass that removes channels and show its plan.',
  commandId: null,
};

const numbersOf = perObject(({ plan }: MadePlan): KnownNumbers => ({
  state: 'known',
  byPath: new Map(plan.layers.map(({ path, channels, kept }) => [path, 1 - kept / channels])),
  source: 'By weights alone: with data, widths are tried and may differ.',
}));
const markOutOfDate = perObject((numbers: KnownNumbers): KnownNumbers => ({
  ...numbers,
  outOfDate: 'the recipe changed since.',
}));

export const plannedRemovalMetric: NodeMetric = {
  id: 'planned-removal',
  title: 'Planned removal',
  explanation: 'Share of the channels of a layer that the pass would remove, by the latest preview.',
  format: (share) => formatPercent(share),
  formatShort: (share) => formatPercent(share),
  scale: { kind: 'even', least: 0, most: 1, strongest: 'most' },
  sum: null,
  column: { csv: 'planned_removal', shown: 'when-known' },
  numbersOf({ id, files }) {
    if (id !== originalId) return onlyOfOriginal;
    const { latest } = planStore.getState();
    // Other structural plans take no channels from layers.
    if (latest === null || latest.files !== files || latest.plan.layers.length === 0) return notPlanned;
    const numbers = numbersOf(latest);
    const { recipe } = workspaceStore.getState();
    return planBasis(recipe, latest.index) === latest.basis ? numbers : markOutOfDate(numbers);
  },
  subscribe(listener) {
    const stops = [planStore.subscribe(listener), workspaceStore.subscribe(listener)];
    return () => stops.forEach((stop) => stop());
  },
};
