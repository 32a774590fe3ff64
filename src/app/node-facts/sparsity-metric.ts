/** Zeros among the weights of a node: counted in the worker when something shows them, and kept while the files are. */
import { formatPercent } from '../../engine/format';
import type { ModelFiles } from '../jobs/jobs';
import { whileNothingMeasures } from '../state/jobs/idle-work';
import { currentJobs, sentenceOf } from '../state/jobs/job-runner';
import type { NodeMetric, NodeNumbers } from './node-metric';

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
