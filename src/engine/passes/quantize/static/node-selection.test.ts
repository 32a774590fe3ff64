import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import { selectNodes } from './node-selection';
import { quantizeStatic } from './quantize-static';
import type { StaticOptions } from './static-options';
import { ValueGraph } from './value-graph';

const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => 0.5),
  );

describe('selectNodes', () => {
  it('tells a type that no option can name from one that this choice leaves out', () => {
    const recurrent = model(
      graph({
        nodes: [
          node('GRU', ['x', 'w', 'r'], ['', 'h'], { hidden_size: 2n }, { name: 'recurrent' }),
          node('MatMul', ['h', 'u'], ['y'], {}, { name: 'product' }),
        ],
        initializers: [weight('w', 1, 6, 3), weight('r', 1, 6, 2), weight('u', 2, 5)],
        inputs: [valueInfo('x', [2, 1, 3])],
        outputs: [valueInfo('y', [1, 1, 5])],
      }),
    );
    const options = resolveOptions(quantizeStatic, { opTypes: ['Conv'] }) as StaticOptions;
    const { selected, refusals } = selectNodes(recurrent, new ValueGraph(recurrent), options, undefined);
    expect(selected).toEqual([]);
    expect(refusals.map(({ op, code }) => `${op} ${code}`)).toEqual(['GRU no-integer-form', 'MatMul not-selected']);
    expect(refusals[0]!.reason).toContain('quantize-weights');
  });
});
