import { afterEach, expect, it } from 'vitest';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { dataOf, newVariant } from '../../testing/work-fixtures';
import { outcomeOfRemedy } from './bottleneck-actions';

afterEach(forgetAllFiles);

it('shows the outcome of a remedy beside its estimate, and skips another model with the same id', () => {
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
  expect(outcomeOfRemedy(tried, { comparisons, variants: [], data: null })).toBe(
    'Estimated 1.2×, measured 1.30× (1.20–1.40).',
  );
  expect(outcomeOfRemedy(tried, { comparisons: {}, variants: [], data: null })).toBeNull();
  const wrong = { 'variant-1|wasm': { ...comparisons['variant-1|wasm'], verdict: 'invalid' as const } };
  expect(outcomeOfRemedy(tried, { comparisons: wrong, variants: [], data: null })).toBe(
    'Estimated 1.2×. The outputs are wrong, so no speed is claimed. Load data and try again: with data, the remaining layers are fitted.',
  );
  expect(outcomeOfRemedy(tried, { comparisons: wrong, variants: [], data: dataOf() })).not.toContain('Load data');
  keepFiles(originalFilesKey, { ...original });
  expect(outcomeOfRemedy(tried, { comparisons, variants: [], data: null })).toBeNull();
});

it('says why no channel of the layers can be removed', () => {
  const original = { model: new Blob(), name: 'model.onnx', externalData: [] };
  keepFiles(originalFilesKey, original);
  const { optimization, ...made } = newVariant('variant-1');
  const refusal = (path: string, reason: string) => ({ path, op: 'MatMul', code: 'x', reason });
  const refusals = [refusal('graph/other', 'Another reason.'), refusal('graph/product', 'The sum needs all of them.')];
  const passes = [{ ...optimization.passes[0]!, changes: [], refusals }];
  const variant = { ...made, optimization: { ...optimization, passes }, colorIndex: 0, filesKey: 'f' };
  const tried = { remedy: { paths: ['graph/product'], removed: 0.25, ratio: 1.2 }, original, variant: 'variant-1' };
  expect(outcomeOfRemedy(tried, { comparisons: {}, variants: [variant], data: null })).toBe(
    'No channels of these layers can be removed. The sum needs all of them.',
  );
});
