import { describe, expect, it } from 'vitest';
import { decideKind, evidenceOfData, type OutputEnding, type OutputEvidence } from './output-kind';

const float = (name: string, dims: readonly number[], values?: readonly number[]) => ({
  name,
  dtype: 'float32',
  dims,
  ...(values && { values: Float32Array.from(values) }),
});
const ends = (name: string, op: string, form: OutputEnding['form']): OutputEvidence => ({
  endings: { [name]: { op, form } },
});
const kindOf = (...asked: Parameters<typeof decideKind>) => decideKind(...asked).kind;

describe('the kind of an output', () => {
  it('follows from operators that are certain', () => {
    expect(kindOf(float('y', [1, 10]), ends('y', 'Softmax', 'softmax'))).toBe('probabilities');
    expect(kindOf(float('y', [1, 10]), ends('y', 'LogSoftmax', 'log-softmax'))).toBe('scores');
    expect(kindOf(float('y', [1, 40, 97]), ends('y', 'Softmax', 'softmax'))).toBe('sequence');
    expect(kindOf(float('y', [1, 21, 64, 64]), ends('y', 'Softmax', 'softmax'))).toBe('map');
    expect(kindOf(float('y', [1, 32]), ends('y', 'LpNormalization', 'unit-length'))).toBe('embedding');
    expect(kindOf(float('y', [1, 4]), ends('y', 'TreeEnsembleRegressor', 'regressor'))).toBe('regression');
  });

  it('comes from values if the graph leaves it open', () => {
    expect(decideKind(float('y', [2, 2], [0.25, 0.75, 0.5, 0.5]))).toEqual({
      kind: 'probabilities',
      reason: 'its rows add up to 1',
    });
    const steps = float('y', [1, 2, 2], [0.25, 0.75, 0.5, 0.5]);
    expect(decideKind(steps)).toEqual({ kind: 'sequence', reason: 'its rows add up to 1' });
    const unit = [...Array.from({ length: 64 }, () => 1 / 8), ...Array.from({ length: 64 }, () => -1 / 8)];
    expect(decideKind(float('y', [2, 64], unit))).toEqual({ kind: 'embedding', reason: 'its vectors have length 1' });
    // One that is half as long is no sign.
    expect(kindOf(float('y', [1, 70], [2, ...Array.from({ length: 69 }, () => 0)]))).toBe('scores');
  });

  it('of a linear layer is classes, but for a usual width of embeddings', () => {
    const linear = ends('y', 'Gemm', 'linear');
    for (const width of [2, 10, 63, 100, 365, 1000, 21843])
      expect(kindOf(float('y', [1, width]), linear)).toBe('scores');
    for (const width of [64, 128, 384, 512, 768]) expect(kindOf(float('y', [1, width]), linear)).toBe('embedding');
    expect(kindOf(float('y', [1, 1]), linear)).toBe('regression');
    expect(kindOf(float('logits', [1, 128]), ends('logits', 'Gemm', 'linear'))).toBe('scores');
    expect(kindOf(float('embedding', [1, 32]), ends('embedding', 'Gemm', 'linear'))).toBe('embedding');
    expect(kindOf(float('boxes', [1, 4]), ends('boxes', 'Gemm', 'linear'))).toBe('regression');
  });

  it('is numbers or vectors if no classifier ends it', () => {
    expect(kindOf(float('y', [1, 12]), ends('y', 'Tanh', 'other'))).toBe('regression');
    expect(kindOf(float('y', [1, 384]), ends('y', 'Div', 'pooled'))).toBe('embedding');
    expect(kindOf(float('y', [1, 1000]), ends('y', 'GlobalAveragePool', 'pooled'))).toBe('scores');
    expect(kindOf(float('y', [1, 1000, 1, 1]), ends('y', 'GlobalAveragePool', 'pooled'))).toBe('scores');
    expect(kindOf(float('y', [1, 3, 32, 32]), ends('y', 'Conv', 'convolution'))).toBe('map');
  });

  it('of steps depends on the operators before it', () => {
    expect(kindOf(float('y', [1, 49, 32]), ends('y', 'MatMul', 'linear'))).toBe('sequence');
    expect(kindOf(float('y', [1, 49, 64]), ends('y', 'MatMul', 'linear'))).toBe('embedding');
    expect(kindOf(float('last_hidden_state', [1, 16, 384]), ends('last_hidden_state', 'Add', 'other'))).toBe(
      'embedding',
    );
    expect(kindOf(float('y', [1, 16, 384]), ends('y', 'LayerNormalization', 'normalization'))).toBe('embedding');
    expect(kindOf(float('logits', [1, 16, 30_528]), ends('logits', 'MatMul', 'linear'))).toBe('sequence');
    expect(kindOf(float('y', [1, 84, 8400]), ends('y', 'Concat', 'other'))).toBe('boxes');
    expect(kindOf(float('y', [1, 84, 0]), ends('y', 'Concat', 'other'))).toBe('boxes');
    expect(kindOf(float('y', [1, 84, 8400]), ends('y', 'Mul', 'other'))).toBe('regression');
    expect(kindOf(float('y', [1, 896, 16]), ends('y', 'Conv', 'convolution'))).toBe('regression');
    expect(kindOf(float('y', [1, 64, 64]), ends('y', 'Sigmoid', 'sigmoid'))).toBe('map');
  });

  it('is classes with integer labels, and numbers with floats', () => {
    const mapping = { labels: { array: 'y' }, task: { kind: 'classification', output: 'out' } } as const;
    const wide = float('out', [1, 512]);
    const fields = [{ name: 'y', kind: 'class', dtype: 'int64', shape: [], classes: ['a', 'b', 'c', 'd'] }] as const;
    expect(kindOf(wide)).toBe('embedding');
    expect(kindOf(wide, evidenceOfData(mapping, { fields }))).toBe('scores');
    const task = { kind: 'regression', output: 'out' } as const;
    expect(kindOf(float('out', [1, 4]), evidenceOfData({ ...mapping, task }, { fields }))).toBe('regression');
    const untold = evidenceOfData({ labels: { array: 'y' } }, { fields });
    expect(decideKind(float('out', [1, 4]), { ...untold, ...ends('out', 'Tanh', 'other') })).toEqual({
      kind: 'scores',
      reason: 'the data has 4 classes, one for each column',
    });
  });

  it('is the choice of a person, as far as its type allows', () => {
    const chosen = { y: 'embedding', n: 'embedding', t: 'scores' } as const;
    expect(decideKind(float('y', [1, 10]), { chosen, ...ends('y', 'Softmax', 'softmax') })).toEqual({
      kind: 'embedding',
      reason: 'you set it',
    });
    expect(kindOf({ name: 'n', dtype: 'int64', dims: [1, 10] }, { chosen })).toBe('regression');
    expect(kindOf({ name: 't', dtype: 'string', dims: [1] }, { chosen })).toBe('texts');
    expect(kindOf(float('constructor', [1, 10]), { chosen })).toBe('scores');
  });
});
