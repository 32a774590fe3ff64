import { describe, expect, it } from 'vitest';
import { passes } from '../../../../engine/passes/registry';
import { OP_TYPES_WITH_CONV } from '../../../../engine/passes/quantize/dynamic/dynamic-options';
import { summarizeOptions as summarize } from './StepCard';

const pass = (id: string) => {
  const found = passes.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

const summarizeOptions = (...given: Parameters<typeof summarize>) => summarize(...given).text;

describe('the line under a pass', () => {
  it('lists differences from the defaults', () => {
    expect(summarizeOptions(pass('quantize-dynamic'), {})).toBe('');
    expect(summarizeOptions(pass('quantize-dynamic'), { perChannel: true })).toBe('per channel');
  });

  it('lists the additions to a list, and else the whole of it', () => {
    expect(summarizeOptions(pass('quantize-dynamic'), { opTypes: OP_TYPES_WITH_CONV })).toBe('operators: +\u00a0Conv');
    expect(summarizeOptions(pass('quantize-dynamic'), { opTypes: ['MatMul', 'Conv'] })).toBe('operators: MatMul, Conv');
  });

  it('counts the chosen ones of many layers', () => {
    const layers = ['a', 'b', 'c', 'd'].map((name) => `graph//${name}/Conv`);
    const bits = Object.fromEntries(layers.map((layer) => [layer, 4]));
    expect(summarizeOptions(pass('quantize-weights'), { bitsByLayer: bits })).toBe(
      '4 bits · bits per layer: 4 entries',
    );
    expect(summarizeOptions(pass('quantize-weights'), { include: layers })).toBe(
      '4 bits · only these nodes: 4 entries',
    );
    expect(summarizeOptions(pass('quantize-weights'), { include: layers.slice(2) })).toMatch(
      /c\/Conv, graph\/\/d\/Conv$/,
    );
  });

  it('cuts the middle of long names, which the tooltip shows whole', () => {
    const path = 'graph//model/encoder/layers.0/self_attn/q_proj/MatMul';
    const { text, whole } = summarize(pass('quantize-weights'), { include: [path], bitsByLayer: { [path]: 8 } });
    expect(text).toBe(
      '4 bits · bits per layer: graph//mod…ttn/q_proj/MatMul=8 · only these nodes: graph//mod…ttn/q_proj/MatMul',
    );
    expect(whole).toBe(`4 bits · bits per layer: ${path}=8 · only these nodes: ${path}`);
    expect(summarize(pass('simplify'), {})).toEqual({ text: '' });
  });

  it('shows a limit only if it was changed', () => {
    expect(summarizeOptions(pass('simplify'), {})).toBe('');
    expect(summarizeOptions(pass('simplify'), { maxFoldedBytes: 5 })).toMatch(/ 5$/);
  });

  it('always says an amount', () => {
    expect(summarizeOptions(pass('prune-weights'), {})).toBe('50\u00a0%');
    expect(summarizeOptions(pass('prune-weights'), { amount: 0.7, scope: 'global' })).toBe('70\u00a0% · Global');
    expect(summarizeOptions(pass('prune-channels'), {})).toBe('50\u00a0%');
    expect(summarizeOptions(pass('quantize-weights'), {})).toBe('4 bits');
    expect(summarizeOptions(pass('quantize-weights'), { bits: '8', symmetric: true })).toBe('8 bits · symmetric');
  });

  it('shows changed folded options only, and a rate without change', () => {
    expect(summarizeOptions(pass('fine-tune'), {})).toBe('');
    expect(summarizeOptions(pass('fine-tune'), { learningRate: 0.001 })).toBe('learning rate 0.001');
  });
});
