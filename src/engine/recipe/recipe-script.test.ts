import { describe, expect, it } from 'vitest';
import { passes } from '../passes/registry';
import type { OptionValues } from '../passes/option-spec';
import { recipeScript } from './recipe-script';

const scriptOf = (...steps: readonly (readonly [pass: string, options?: OptionValues])[]): Promise<string> =>
  recipeScript({ version: 1, seed: 0, steps: steps.map(([pass, options = {}]) => ({ pass, enabled: true, options })) });

describe('recipeScript', () => {
  it.each(passes)('has a step for $id, or says that there is none', async ({ id, presentation }) => {
    const script = await scriptOf([id]);
    const isLeftOut = script.includes(`# Step 1, ${id}, is left out: ONNX Runtime's tools have no equivalent.`);
    expect(script.includes('def step_1(source, target, samples):')).toBe(!isLeftOut);
    expect(isLeftOut).toBe(presentation.script === undefined);
    // Editors and shells of any encoding read it.
    expect(script).toMatch(/^[\n -~]*$/);
  });

  it('runs the enabled steps in order, with samples if one needs them', async () => {
    const script = await scriptOf(
      ['simplify'],
      ['fine-tune'],
      ['quantize-static', { calibrator: 'entropy', exclude: ['a"b'] }],
    );
    expect(script).toContain('enumerate([step_1, step_3], 1)');
    expect(script).toContain('python recipe.py model.onnx variant.onnx samples.npz');
    expect(script).toContain('calibrate_method=CalibrationMethod.Entropy');
    expect(script).toContain(String.raw`nodes_to_exclude=["a\"b"]`);
    expect(script).toContain("# Biases are not corrected: ONNX Runtime's tool does not support it");
    const tensorrt = await scriptOf(['quantize-static', { target: 'tensorrt' }]);
    expect(tensorrt).toContain('op_types_to_quantize=["Conv", "ConvTranspose", "Gemm", "MatMul"]');
    expect(tensorrt).toContain('activation_type=QuantType.QInt8');
    expect(tensorrt).toContain('"QuantizeBias": False');
    expect(await scriptOf(['quantize-static', { format: 'qoperator' }])).toContain('QuantFormat.QOperator');
    expect(await scriptOf(['quantize-dynamic'])).toContain('samples = None');
  });

  it('names the parts of a step that the tools cannot do', async () => {
    const weights = await scriptOf(['quantize-weights', { bits: '4', blockSize: '0' }]);
    for (const said of ['Weights are rounded to nearest', 'LSTM, GRU stay float32', '32 weights share a scale']) {
      expect(weights.replaceAll('\n# ', ' ')).toContain(said);
    }
    const suited = await scriptOf(['quantize-weights', { method: 'by-layer' }]);
    expect(suited).toContain('rounded to nearest, not chosen per layer');
    expect(await scriptOf(['quantize-dynamic', { activations: 'per-token' }])).toContain('activations=per-token');
    const pruned = await scriptOf(['prune-weights', { pattern: '1:4', method: 'sparsegpt', rounds: 3 }]);
    for (const said of ['values.size * 0.75', 'instead of 1 of 4', 'SparseGPT needs', 'without training']) {
      expect(pruned.replaceAll('\n# ', ' ')).toContain(said);
    }
    const convolutions = await scriptOf(['quantize-dynamic', { opTypes: ['Conv'] }]);
    expect(convolutions).toContain('# The tool also makes Conv weights int8');
    expect(await scriptOf(['quantize-dynamic', { opTypes: ['Conv'], weightType: 'uint8' }])).not.toContain(
      'also makes Conv weights',
    );
  });

  it('refuses an order that makes no sense', async () => {
    await expect(scriptOf(['quantize-static'], ['quantize-static'])).rejects.toThrow('Keep one of them');
  });
});
