/** Numbers of nodes that were measured in this browser, when a person asked. */
import { sqnrByPath } from '../../engine/metrics/node-sqnr';
import {
  formatCount,
  formatCounted,
  formatDecibels,
  formatDuration,
  formatList,
  formatPercent,
} from '../../engine/format';
import { filesOf } from '../platform/file-registry';
import { jobStore } from '../state/jobs/job-store';
import {
  nodeMeasurementStore,
  sqnrOf,
  timesOf,
  type MeasuredSqnr,
  type MeasuredTimes,
} from '../state/benchmark/node-measurements';
import { isRecipeStale } from '../state/recipe/made-by';
import { selectSelectedVariant } from '../state/workspace/selectors';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import type { NodeMetric, NodeNumbers, NodeSubject } from './node-metric';
import { perObject } from '../state/workspace/per-object';
import { runningNumbers } from './running-numbers';

type KnownNumbers = Extract<NodeNumbers, { readonly state: 'known' }>;

const commandId = 'measure-nodes';

const noTimes: NodeNumbers = {
  state: 'not-known',
  why: 'it is not measured with these input sizes.',
  commandId,
};
const noSqnr: NodeNumbers = {
  state: 'not-known',
  why: 'the variant is not compared with the original at these input sizes.',
  commandId,
};
const nothingToCompare: NodeNumbers = {
  state: 'not-known',
  why: 'it compares a variant with the original. Select a variant.',
  commandId: null,
};

export const timeMetric: NodeMetric = {
  id: 'time',
  title: 'Time',
  explanation: 'Of one run on WASM, with what the runtime fused into the node; from a profile, which disturbs timing.',
  format: (ms) => formatDuration(ms),
  formatShort: (ms) => formatDuration(ms),
  scale: { kind: 'areas' },
  sum: 'outermost',
  totalOf: ({ files }) => timesOf(files)?.times.sumMs ?? null,
  column: { csv: 'time_ms', shown: 'when-known' },
  numbersOf(subject) {
    const measured = timesOf(subject.files);
    if (measured === null) return runningNumbers(commandId) ?? noTimes;
    return subject.id === originalId ? numbersOfTimes(measured) : datedNumbers(numbersOfTimes(measured), subject.id);
  },
  subscribe: subscribeToMeasurements,
};

export const sqnrMetric: NodeMetric = {
  id: 'sqnr',
  title: 'SQNR',
  explanation: 'SQNR of the output of the node, against the original. It includes the errors of all nodes before it.',
  format: formatDecibels,
  formatShort: formatDecibels,
  // Beyond 60 dB, an error of a thousandth, nothing is worth a color.
  scale: { kind: 'even', most: 60, strongest: 'least' },
  sum: null,
  column: { csv: 'sqnr_db', shown: 'when-known' },
  numbersOf: (subject) => sqnrNumbersOf(subject, 'sqnrDb'),
  subscribe: subscribeToMeasurements,
};

export const localSqnrMetric: NodeMetric = {
  ...sqnrMetric,
  id: 'local-sqnr',
  title: 'Own SQNR',
  explanation: 'SQNR of the node alone. It runs with values of the original, so earlier errors are not included.',
  column: { csv: 'local_sqnr_db', shown: 'on-request' },
  numbersOf: (subject) => sqnrNumbersOf(subject, 'localSqnrDb'),
};

/** For the original, returns the numbers of its comparison with the selected variant. */
function sqnrNumbersOf(subject: NodeSubject, figure: SqnrFigure): NodeNumbers {
  const side = subject.id === originalId ? 'a' : 'b';
  const { selected } = workspaceStore.getState();
  const files = side === 'b' ? subject.files : filesOfSelectedVariant();
  if (files === null) return nothingToCompare;
  const measured = sqnrOf(files);
  if (measured === null) return runningNumbers(commandId) ?? noSqnr;
  return datedNumbers(numbersOfSqnr[figure][side](measured), side === 'b' ? subject.id : selected);
}

function filesOfSelectedVariant(): NodeSubject['files'] {
  const variant = selectSelectedVariant(workspaceStore.getState());
  return variant === null ? null : (filesOf(variant.filesKey) ?? null);
}

function subscribeToMeasurements(listener: () => void): () => void {
  const stops = [nodeMeasurementStore, jobStore, workspaceStore].map((store) => store.subscribe(listener));
  return () => stops.forEach((stop) => stop());
}

const outOfDate = 'the recipe was changed since. Run it, and measure the new variant.';
const markOutOfDate = perObject((numbers: KnownNumbers): KnownNumbers => ({ ...numbers, outOfDate }));

/** Out of date by the rule of every other number: the recipe shown no longer makes the variant that is selected. */
function datedNumbers(numbers: KnownNumbers, variantId: string): KnownNumbers {
  const state = workspaceStore.getState();
  return variantId === state.selected && isRecipeStale(state) ? markOutOfDate(numbers) : numbers;
}

/** A node that was fused into another has no time of its own. */
const numbersOfTimes = perObject((measured: MeasuredTimes): KnownNumbers => {
  const { nodes } = measured.times;
  const byPath = new Map(nodes.flatMap(({ path, medianMs }) => (medianMs === null ? [] : [[path, medianMs] as const])));
  return { state: 'known', byPath, source: sourceOfTimes(measured, byPath.size) };
});

function sourceOfTimes({ times, threads }: MeasuredTimes, timed: number): string {
  const { runs, nodes, unattributed } = times;
  const others = unattributed.map(({ op, kernels }) => formatCounted(kernels, `${op} kernel`));
  const share = unattributed.reduce((sum, one) => sum + one.share, 0);
  return [
    `Median of ${runs} profiled runs on WASM, ${formatCounted(threads, 'thread')}.`,
    `${formatCount(timed)} of ${formatCounted(nodes.length, 'node')} ran on their own; the others were fused into them or computed while the model was loaded.`,
    ...(others.length > 0
      ? [`${formatPercent(share)} of the time was in ${formatList(others)} of unknown nodes.`]
      : []),
  ].join(' ');
}

type SqnrFigure = 'sqnrDb' | 'localSqnrDb';

const numbersOfSqnr = { sqnrDb: ofEachSide('sqnrDb'), localSqnrDb: ofEachSide('localSqnrDb') };

function ofEachSide(figure: SqnrFigure) {
  return {
    a: perObject((measured: MeasuredSqnr) => sqnrNumbers(measured, 'a', figure)),
    b: perObject((measured: MeasuredSqnr) => sqnrNumbers(measured, 'b', figure)),
  };
}

function sqnrNumbers({ sqnr }: MeasuredSqnr, side: 'a' | 'b', figure: SqnrFigure): KnownNumbers {
  const { nodes, samples, inputs } = sqnr;
  const inputWord = inputs === 'data' ? 'sample' : 'random input';
  const how =
    figure === 'sqnrDb'
      ? 'both models run end to end on WASM'
      : 'each node of the variant run alone on WASM, with values of the original';
  const source = `On ${formatCounted(samples, inputWord)}, ${how}.`;
  return { state: 'known', byPath: sqnrByPath(nodes, side, figure), source };
}
