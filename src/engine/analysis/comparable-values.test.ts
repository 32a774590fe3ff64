import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import type { Node } from '../onnx/graph';
import { withOutputs } from '../onnx/parts/with-outputs';
import { comparableValues, type ComparableValue } from './comparable-values';

function chain(nodes: readonly Node[], output = 'y') {
  return model(
    graph({
      nodes,
      initializers: [floatTensor('w', [1], [2])],
      inputs: [valueInfo('x', ['batch', 8])],
      outputs: [valueInfo(output, ['batch', 8])],
    }),
  );
}

const pairsOf = (values: readonly ComparableValue[]) =>
  values.map(({ a, b }) => `${a.path}:${a.value} ${b.path}:${b.value}`);

describe('comparableValues', () => {
  it('matches values by name, regardless of the computing node', () => {
    const a = chain([node('Mul', ['x', 'w'], ['h'], {}, { name: 'm' }), node('Relu', ['h'], ['y'], {}, { name: 'r' })]);
    const b = chain([
      node('Add', ['x', 'x'], ['h'], {}, { name: 'twice' }),
      node('Neg', ['h'], ['extra'], {}, { name: 'n' }),
      node('Relu', ['h'], ['y'], {}, { name: 'r' }),
    ]);
    const { values, unknown } = comparableValues(a, b, { batch: 3 });
    expect(pairsOf(values)).toEqual(['graph/m:h graph/twice:h', 'graph/r:y graph/r:y']);
    expect(values.map(({ estimatedBytes }) => estimatedBytes)).toEqual([96, 96]);
    expect(unknown).toEqual([]);
  });

  it('follows matched nodes if both models name their values differently', () => {
    const names = (h: string) =>
      chain([node('Mul', ['x', 'w'], [h], {}, { name: 'm' }), node('Relu', [h], ['y'], {}, { name: 'r' })]);
    expect(pairsOf(comparableValues(names('h1'), names('h2'), {}).values)[0]).toBe('graph/m:h1 graph/m:h2');
  });

  it('does not match a value of another place to a node that took over its name', () => {
    const a = chain([node('Mul', ['x', 'w'], ['h'], {}, { name: 'm' }), node('Relu', ['h'], ['y'], {}, { name: 'r' })]);
    // After a fusion the first node computes the output of the last one.
    const b = chain([node('Mul', ['x', 'w'], ['y'], {}, { name: 'm' })]);
    expect(pairsOf(comparableValues(a, b, {}).values)).toEqual(['graph/r:y graph/m:y']);
  });

  it('lists nodes inside others as unknown, with the reason', () => {
    const branch = (name: string) =>
      graph({ nodes: [node('Neg', ['x'], [name], {}, { name: 'n' })], outputs: [valueInfo(name, ['batch', 8])] });
    const both = chain([
      node('Constant', [], ['yes'], { value: floatTensor('', [1], [1]) }),
      node('Cast', ['yes'], ['condition'], { to: BigInt(DataType.bool) }),
      node('If', ['condition'], ['y'], { then_branch: branch('t'), else_branch: branch('e') }, { name: 'if' }),
    ]);
    const { values, unknown } = comparableValues(both, both, {});
    expect(values.map(({ a }) => a.value)).toEqual(['condition', 'y']);
    expect(unknown.map(({ a }) => a)).toEqual(['graph/if.then_branch/n', 'graph/if.else_branch/n']);
    for (const { reason } of unknown) expect(reason).toMatch(/cannot be read/);
  });

  it('leaves out values of types that the runtime does not give out', () => {
    const half = chain([node('Cast', ['x'], ['y'], { to: BigInt(DataType.bfloat16) }, { name: 'c' })]);
    const { values, unknown } = comparableValues(half, half, {});
    expect(values).toEqual([]);
    expect(unknown).toHaveLength(1);
  });
});

describe('withOutputs', () => {
  it('keeps the declarations of existing outputs', () => {
    const a = chain([node('Mul', ['x', 'w'], ['h']), node('Relu', ['h'], ['y'])]);
    expect(withOutputs(a, ['h', 'y']).graph?.outputs).toEqual([{ name: 'h' }, a.graph?.outputs[0]]);
  });
});
