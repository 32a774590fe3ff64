import { afterEach, expect, it } from 'vitest';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { outcomeOfRemedy } from './bottleneck-actions';

afterEach(forgetAllFiles);

it('shows the outcome of a remedy beside its estimate, and none for another model with a variant of the same id', () => {
  const original = { model: new Blob(), name: 'model.onnx', externalData: [] };
  keepFiles(originalFilesKey, original);
  const tried = { remedy: { paths: ['graph/conv'], removed: 0.25, ratio: 1.2 }, original, variant: 'variant-1' };
  const figures = {
    ratio: 1.3,
    interval: [1.2, 1.4] as const,
    noiseFloor: 0.02,
    pairs: 40,
    verdict: 'faster' as const,
  };
  const comparisons = { 'variant-1|wasm': { variant: 'variant-1', ep: 'wasm' as const, ...figures } };
  expect(outcomeOfRemedy(tried, { comparisons })).toBe('Estimated 1.2×, measured 1.30× (1.20–1.40).');
  expect(outcomeOfRemedy(tried, { comparisons: {} })).toBeNull();
  keepFiles(originalFilesKey, { ...original });
  expect(outcomeOfRemedy(tried, { comparisons })).toBeNull();
});
