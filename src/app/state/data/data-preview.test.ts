import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import type { DataPreview, Jobs } from '../../jobs/jobs';
import { keepDataFiles } from '../../platform/file-registry';
import { dataOf, originalOf, sourceOf } from '../../testing/work-fixtures';
import { loadPreview } from './data-preview';
import { provideJobs } from '../jobs/job-runner';

const signal = new AbortController().signal;

describe('loadPreview', () => {
  const preview = vi.fn<Jobs['data']['preview']>();
  const source = { ...sourceOf('digits'), classNames: ['cat', 'dog'] };
  const load = (index: number | null, samples = 100) => {
    const description = { ...source.description, samples };
    const { mapping } = dataOf();
    const original = originalOf();
    return loadPreview(signal, { source: { ...source, description }, mapping, original, freeDimensions: {}, index });
  };
  /** The first so many samples are damaged. */
  const damage = (count: number): void => {
    preview.mockReset().mockImplementation((_signal, _files, _model, _mapping, index) => {
      if (index >= count) return Promise.resolve(sampleOf(index));
      return Promise.reject(new ParetoError('data/unreadable', `${index}.png: It ends early.`));
    });
  };

  beforeEach(() => {
    keepDataFiles(source.key, [{ path: 'digits.npz', file: new File(['x'], 'digits.npz') }]);
    provideJobs({ data: { preview } } as unknown as Jobs);
  });

  it('shows the first sample that can be read and names those before it', async () => {
    damage(2);
    expect(await load(null)).toEqual({
      preview: { ...sampleOf(2), label: { value: 1, name: 'dog' } },
      unreadable: ['0.png: It ends early.', '1.png: It ends early.'],
    });
    damage(0);
    expect(await load(null)).toMatchObject({ preview: { index: 0 }, unreadable: [] });
  });

  it('explains the problem of a requested sample', async () => {
    damage(2);
    await expect(load(1)).rejects.toThrow('1.png: It ends early.');
    expect(await load(3)).toMatchObject({ preview: { index: 3 }, unreadable: [] });
  });

  it('gives up after a few, and explains the problem of the first', async () => {
    damage(100);
    await expect(load(null)).rejects.toThrow('0.png: It ends early.');
    expect(preview).toHaveBeenCalledTimes(5);
    damage(100);
    await expect(load(null, 2)).rejects.toThrow('0.png: It ends early.');
    expect(preview).toHaveBeenCalledTimes(2);
  });

  it('does not try others for a mapping that does not fit', async () => {
    preview.mockReset().mockRejectedValue(new ParetoError('data/shape', 'Input x has four numbers.'));
    await expect(load(null)).rejects.toThrow('Input x has four numbers.');
    expect(preview).toHaveBeenCalledTimes(1);
  });
});

function sampleOf(index: number): DataPreview {
  return { index, pictures: [], texts: [], sounds: [], tensors: [], label: { value: 1, name: null } };
}
