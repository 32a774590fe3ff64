import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelFiles } from '../../jobs/jobs';
import { deleteOtherVariants, loadVariantFiles, storeVariantFiles } from './variant-directory';

const filesOf = (text: string): ModelFiles => ({
  model: new Blob([text]),
  name: 'net.pareto.onnx',
  externalData: [{ path: 'net.data', data: new Blob([`${text} data`]) }],
});

async function keysOf(work: string): Promise<readonly string[]> {
  return [...(await loadVariantFiles(work)).keys()].toSorted();
}

/** Makes the browser report room for this many variants of 1,000 bytes. */
function grantRoomFor(count: number): void {
  vi.spyOn(navigator.storage, 'estimate').mockImplementation(async () => ({
    usage: 1000 * ((await keysOf('a')).length + (await keysOf('b')).length),
    quota: (1000 * count) / 0.8,
  }));
}

describe('variants on disk', () => {
  beforeEach(() => Promise.all([deleteOtherVariants('a'), deleteOtherVariants('b')]));
  afterEach(() => vi.restoreAllMocks());

  it('come back with model and data file, and go when their work no longer has them', async () => {
    expect(await keysOf('a')).toEqual([]);
    await storeVariantFiles('a', 'variant-1', filesOf('one'));
    await storeVariantFiles('a', 'variant-2', filesOf('two'));
    const second = (await loadVariantFiles('a')).get('variant-2')!;
    expect(await second.model.text()).toBe('two');
    expect(second.name).toBe('net.pareto.onnx');
    expect([second.externalData[0]?.path, await second.externalData[0]?.data.text()]).toEqual(['net.data', 'two data']);
    await deleteOtherVariants('a', new Set(['variant-2']));
    expect(await keysOf('a')).toEqual(['variant-2']);
  });

  it('give way oldest first, whichever work they belong to', async () => {
    await storeVariantFiles('a', 'variant-1', filesOf('x'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await storeVariantFiles('b', 'variant-1', filesOf('x'));
    grantRoomFor(2);
    const large = { ...filesOf(''), model: new Blob(['x'.repeat(900)]) };
    const deleted = await storeVariantFiles('b', 'variant-2', large);
    expect(deleted).toMatchObject([{ work: 'a', key: 'variant-1' }]);
    expect([await keysOf('a'), await keysOf('b')]).toEqual([[], ['variant-1', 'variant-2']]);
  });

  it('are given up if there is no room at all', async () => {
    vi.spyOn(FileSystemDirectoryHandle.prototype, 'getFileHandle').mockRejectedValue(
      new DOMException('Full.', 'QuotaExceededError'),
    );
    expect(await storeVariantFiles('a', 'variant-1', filesOf('x'))).toEqual([]);
    vi.restoreAllMocks();
    expect(await keysOf('a')).toEqual([]);
  });
});
