import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Jobs, ModelFiles } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles } from '../../platform/file-registry';
import { saveBlob } from '../../platform/save-blob';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { downloadName, downloadVariant, downloadWithData } from './download-actions';
import { provideJobs } from '../jobs/job-runner';
import { addVariant } from './variant-actions';
import { appStore } from '../window/app-store';
import { beginWork, endWork, type Variant } from '../workspace/workspace-store';

vi.mock(import('../../platform/save-blob'), () => ({ saveBlob: vi.fn<typeof saveBlob>() }));

const files: ModelFiles = { model: new Blob(['model']), name: 'net.pareto.onnx', externalData: [] };
const zip = new Blob(['zip']);
const pack = vi.fn<Jobs['models']['pack']>(() => Promise.resolve({ name: 'net_quantized.zip', blob: zip }));

function selectVariantOf(change: Partial<Variant['optimization']['variant']> = {}): void {
  beginWork(originalOf('net.onnx'));
  const made = newVariant('variant-1');
  const variant = { ...made.optimization.variant, ...change };
  addVariant({ ...made, optimization: { ...made.optimization, variant } });
  keepFiles('variant-1', files);
}

describe('downloads', () => {
  beforeEach(() => {
    vi.mocked(saveBlob).mockClear();
    pack.mockClear();
    provideJobs({ models: { pack } } as unknown as Jobs);
  });

  afterEach(() => {
    forgetAllFiles();
    endWork();
  });

  it('name the changes, in their order and once', () => {
    expect(downloadName('net.onnx', recipeOf('prune-weights', 'quantize-dynamic', 'quantize-dynamic'))).toBe(
      'net_pruned_quantized.onnx',
    );
    expect(downloadName('net.onnx', recipeOf())).toBe('net_reencoded.onnx');
  });

  it('are one file as long as one can hold the variant: the very bytes that were made', async () => {
    selectVariantOf();
    await downloadVariant();
    expect(vi.mocked(saveBlob).mock.calls).toEqual([[files.model, 'net_quantized.onnx']]);
    expect(pack).not.toHaveBeenCalled();
  });

  it('come with the session option that the variant needs, in either form, once saved', async () => {
    const newest = () => appStore.getState().notices.at(-1)?.text;
    const advice = /^Open it with the session option session\.disable_quant_qdq = 1:/;
    for (const download of [downloadVariant, downloadWithData]) {
      appStore.setState({ notices: [] });
      selectVariantOf({ sessionOptions: { 'session.disable_quant_qdq': '1' } });
      await download();
      expect(newest()).toMatch(advice);
    }
    appStore.setState({ notices: [] });
    pack.mockImplementationOnce(() => Promise.reject(new DOMException('Canceled.', 'AbortError')));
    await downloadWithData();
    expect(newest()).toBeUndefined();
  });

  it('are packed with a data file on request, under the name of the download', async () => {
    selectVariantOf();
    await downloadWithData();
    expect(pack.mock.calls[0]?.slice(1, 3)).toEqual([files, 'net_quantized.onnx']);
    expect(vi.mocked(saveBlob).mock.calls).toEqual([[zip, 'net_quantized.zip']]);
  });

  it('are packed with a data file without being asked over 2 GB', async () => {
    selectVariantOf({ externalData: { name: 'net.pareto.onnx.data', sizeBytes: 3e9 } });
    await downloadVariant();
    expect(vi.mocked(saveBlob).mock.calls).toEqual([[zip, 'net_quantized.zip']]);
  });

  it('save nothing of a pack that was canceled or failed', async () => {
    selectVariantOf();
    pack.mockImplementationOnce(() => Promise.reject(new DOMException('Canceled.', 'AbortError')));
    await downloadWithData();
    expect(saveBlob).not.toHaveBeenCalled();
  });
});
