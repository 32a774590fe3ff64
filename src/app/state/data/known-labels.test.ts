import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import type { KnownLabels } from '../../../engine/data/mapping/detect-task';
import type { Jobs } from '../../jobs/jobs';
import { keepDataFiles } from '../../platform/file-registry';
import { dataOf } from '../../testing/work-fixtures';
import { provideJobs } from '../jobs/job-runner';
import { knownLabelsOf, knownLabelsStore, peekLabels } from './known-labels';
import type { WorkData } from '../workspace/workspace-store';

const signal = new AbortController().signal;
const data = dataOf();
const peeked: KnownLabels = { dtype: 'int64', width: 1, classes: undefined, values: [0, 1, 1] };
const described: KnownLabels = { dtype: 'int64', width: 1, classes: undefined };
const known = (of: WorkData) => knownLabelsOf(knownLabelsStore.getState(), of);

describe('the labels that tell the task', () => {
  const labels = vi.fn<Jobs['data']['labels']>();
  beforeEach(() => {
    knownLabelsStore.setState({ peeked: null });
    keepDataFiles(data.evaluation.key, [{ path: 'digits.npz', file: new File(['x'], 'digits.npz') }]);
    labels.mockReset().mockResolvedValue(peeked);
    provideJobs({ data: { labels } } as unknown as Jobs);
  });

  it('are those of the description until they are read, and are read once', async () => {
    expect(known(data)).toEqual(described);
    await peekLabels(signal, data);
    expect(known(data)).toEqual(peeked);
    await peekLabels(signal, { ...data, mapping: { ...data.mapping, inputs: {} } });
    expect(labels).toHaveBeenCalledTimes(1);
    expect(labels.mock.calls[0]![2]).toEqual({ labels: { array: 'labels' }, split: data.split });
  });

  it('are others of another field, and of other samples once these are read', async () => {
    await peekLabels(signal, data);
    expect(known({ ...data, mapping: { ...data.mapping, labels: null } })).toBeNull();
    const part = { ...data, split: { ...data.split, calibration: 10 } };
    expect(known(part)).toEqual(peeked);
    labels.mockResolvedValue({ ...peeked, values: [2] });
    await peekLabels(signal, part);
    expect(known(part)?.values).toEqual([2]);
  });

  it('stay as described if they cannot be read, or no longer matter', async () => {
    labels.mockRejectedValueOnce(new ParetoError('data/unreadable', 'digits.npz: It ends early.'));
    await peekLabels(signal, data);
    await peekLabels(AbortSignal.abort(), data);
    expect(known(data)).toEqual(described);
    await peekLabels(signal, { ...data, evaluation: { ...data.evaluation, key: 'files that are not at hand' } });
    expect(labels).toHaveBeenCalledTimes(2);
  });
});
