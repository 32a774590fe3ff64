/** Every number that the graph can be colored by and the layers can list, in the order of menus and columns. */
import {
  activationsMetric,
  bytesMetric,
  flopsMetric,
  macsMetric,
  parametersMetric,
  sharedParametersMetric,
} from './inspected-metrics';
import { localSqnrMetric, sqnrMetric, timeMetric } from './measured-metrics';
import { sensitivityNodeMetrics } from './sensitivity-metrics';
import { formatPercent } from '../../engine/format';
import { type MadePlan, planBasis, planStore } from '../state/recipe/plan-actions';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import { type NodeMetric, type NodeNumbers, onlyOfOriginal } from './node-metric';
import { perObject } from '../state/workspace/per-object';
import type { ModelFiles } from '../jobs/jobs';
import { whileNothingMeasures } from '../state/jobs/idle-work';
import { currentJobs, sentenceOf } from '../state/jobs/job-runner';

/** Zeros among the weights of a node: counted in the worker when something shows them, and kept while the files are. */
const withoutFiles: NodeNumbers = {
  state: 'not-known',
  why: 'the file of this model is missing.',
  commandId: null,
};
const notCounted: NodeNumbers = { state: 'not-known', why: 'not counted yet.', commandId: null };

/** Numbers by the Blob of the model. */
const counted = new WeakMap<Blob, NodeNumbers>();
const running = new Map<Blob, { readonly controller: AbortController; watchers: number }>();
const listeners = new Set<() => void>();

function keep(model: Blob, numbers: NodeNumbers | null): void {
  if (numbers === null) counted.delete(model);
  else counted.set(model, numbers);
  for (const listener of listeners) listener();
}

/** Shown in several places, it is counted once; the last one that no longer shows it ends the count. */
function watch(files: ModelFiles): () => void {
  const { model } = files;
  const known = counted.get(model)?.state;
  const job = running.get(model) ?? (known === undefined || known === 'not-known' ? begin(files) : null);
  if (job === null) return () => undefined;
  job.watchers += 1;
  return () => {
    job.watchers -= 1;
    if (job.watchers > 0) return;
    job.controller.abort(new DOMException('No longer shown.', 'AbortError'));
    if (running.get(model) !== job) return;
    running.delete(model);
    keep(model, null);
  };
}

function begin(files: ModelFiles): { readonly controller: AbortController; watchers: number } {
  const { model } = files;
  const job = { controller: new AbortController(), watchers: 0 };
  running.set(model, job);
  keep(model, { state: 'running', fraction: 0 });
  const settle = (numbers: NodeNumbers): void => {
    if (running.get(model) !== job) return;
    running.delete(model);
    keep(model, numbers);
  };
  const onFraction = (fraction: number): void => {
    if (running.get(model) === job) keep(model, { state: 'running', fraction });
  };
  whileNothingMeasures(job.controller.signal, (attempt) =>
    currentJobs().inspections.sparsity(
      { signal: attempt, onProgress: ({ done, total }) => onFraction(total === 0 ? 1 : done / total) },
      files,
    ),
  ).then(
    (byPath) => settle({ state: 'known', byPath, source: null }),
    (error: unknown) => settle({ state: 'not-known', why: sentenceOf(error), commandId: null }),
  );
  return job;
}

export const sparsityMetric: NodeMetric = {
  id: 'sparsity',
  title: 'Sparsity',
  explanation:
    'Share of zeros among the elements of the weights that a node reads; in a quantized weight, of elements at its zero point.',
  format: (share) => formatPercent(share, 2),
  formatShort: (share) => formatPercent(share),
  scale: { kind: 'even', least: 0, most: 1, strongest: 'most' },
  sum: null,
  column: { csv: 'sparsity', shown: 'on-request' },
  numbersOf: ({ files }) => (files === null ? withoutFiles : (counted.get(files.model) ?? notCounted)),
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  ensure: ({ files }) => (files === null ? () => undefined : watch(files)),
};

/** The share of each layer that the plan of a structural pass removes, shown while its options are chosen. */
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

interface NodeMetricGroup {
  readonly title: string;
  readonly metrics: readonly NodeMetric[];
}

export const nodeMetricGroups: readonly NodeMetricGroup[] = [
  {
    title: 'Cost',
    metrics: [parametersMetric, sharedParametersMetric, macsMetric, flopsMetric, bytesMetric, activationsMetric],
  },
  { title: 'Measured', metrics: [timeMetric, sqnrMetric, localSqnrMetric] },
  { title: 'Sensitivity', metrics: sensitivityNodeMetrics },
  { title: 'Pruning', metrics: [plannedRemovalMetric, sparsityMetric] },
];

export const nodeMetrics: readonly NodeMetric[] = nodeMetricGroups.flatMap(({ metrics }) => metrics);
