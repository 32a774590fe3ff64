import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Node } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { inspect } from './inspect';
import { bertBase, mobileNetV2, resnet50, vitB16 } from './testing/skeletons';

const file = { name: 'model.onnx', sizeBytes: 0, sha256: '' };

describe('multiply-accumulate operations of published networks', () => {
  // Multiplications of matrices and convolutions, one for each product that is added up; no elementwise work.
  it.each([
    ['ResNet-50', resnet50, 4.09e9],
    ['MobileNetV2', mobileNetV2, 0.3e9],
    ['BERT-base at 128 tokens', bertBase, 11.2e9],
    ['ViT-B/16', vitB16, 17.6e9],
  ])('are the published ones for %s', (_name, build, published) => {
    const { macs } = inspect(build(), file);
    expect(Math.abs(macs! / published - 1)).toBeLessThan(0.01);
  });
});

describe('inspect', () => {
  const dense = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y']), node('Relu', ['y'], ['z'])],
      inputs: [valueInfo('x', ['N', 8]), valueInfo('w', [8, 4])],
      outputs: [valueInfo('z', null)],
    }),
  );

  it('infers the shape of every value, with symbols for open sizes', () => {
    const { values, outputs, nodes, macs } = inspect(dense, file);
    expect(values['y']).toEqual({ dtype: 'float32', shape: ['N', 4] });
    const ending = { op: 'Relu', form: 'other' };
    expect(outputs).toEqual([{ name: 'z', dtype: 'float32', shape: ['N', 4], ending }]);
    expect(nodes.map(({ outputShapes }) => outputShapes)).toEqual([[['N', 4]], [['N', 4]]]);
    expect(macs).toBeNull();
    expect(nodes.map((entry) => entry.macs)).toEqual([null, 0]);
  });

  it('names each operator set once, though exporters of pipelines write one for every part', () => {
    const { opsetImports } = dense;
    const { opsets } = inspect({ ...dense, opsetImports: [...opsetImports, ...opsetImports] }, file);
    expect(opsets).toEqual(inspect(dense, file).opsets);
    expect(opsets).toHaveLength(1);
  });

  it('warns of an operator set that the runtime does not know, and of names that several nodes have', () => {
    const nodes = ['a', 'b', 'c'].map((output, index) =>
      node('Relu', ['x'], [output], {}, { name: index < 2 ? 'twin' : 'single' }),
    );
    const build = (opset: number) =>
      model(graph({ nodes, inputs: [valueInfo('x', [1])], outputs: [valueInfo('a', null)] }), { opset });
    const twice = '1 node name is used more than once: twin. An option with such a name applies to all its nodes.';
    expect(inspect(build(26), file).warnings).toEqual([twice]);
    expect(inspect(build(99), file).warnings).toEqual([
      'Uses operator set 99. The runtime supports versions up to 26 and will not load it. Export it with an older one.',
      twice,
    ]);
  });

  it('explains operators of classical learning and warns that dictionaries are not compared', () => {
    const zipMap = { ...node('ZipMap', ['x'], ['z']), domain: 'ai.onnx.ml' };
    const own = { ...node('Own', ['x'], ['a']), domain: 'com.example' };
    const build = model(
      graph({ nodes: [zipMap, own], inputs: [valueInfo('x', [1])], outputs: [valueInfo('a', null)] }),
    );
    expect(inspect(build, file).warnings).toEqual([
      expect.stringMatching(/classical machine learning \(ai\.onnx\.ml: ZipMap\)\. ONNX Runtime supports them/),
      expect.stringMatching(/outside the ONNX standard \(com\.example: Own\)/),
      expect.stringMatching(/ZipMap.*cannot be compared.*"zipmap": False/),
    ]);
  });

  it('gives numbers once the free dimensions have sizes', () => {
    const { inputs, values, macs, nodes } = inspect(dense, file, { dimensions: { N: 3 } });
    expect(inputs[0]!.shape).toEqual([3, 8]);
    expect(values['z']!.shape).toEqual([3, 4]);
    expect(nodes[0]!.macs).toBe(3 * 8 * 4);
    expect(macs).toBe(3 * 8 * 4);
  });

  it('counts two FLOPs per MAC, one per element of other arithmetic, and bytes read and written', () => {
    const { nodes, flops, bytes, operators } = inspect(dense, file, { dimensions: { N: 3 } });
    expect(nodes.map((entry) => entry.flops)).toEqual([2 * 3 * 8 * 4, 3 * 4]);
    expect(nodes.map((entry) => entry.bytes)).toEqual([4 * (3 * 8 + 8 * 4 + 3 * 4), 4 * (3 * 4 + 3 * 4)]);
    expect(flops).toBe(192 + 12);
    expect(bytes).toBe(272 + 96);
    expect(operators).toEqual({ MatMul: 1, Relu: 1 });
  });

  it('gives no peak while a size is open, and says why', () => {
    expect(inspect(dense, file)).toMatchObject({
      flops: null,
      bytes: null,
      peakActivationBytes: null,
      peakActivation: null,
    });
    expect(inspect(dense, file).peakActivationUnknown).toContain('The size of "x" is unknown: ');
    const sized = inspect(dense, file, { dimensions: { N: 3 } });
    expect(sized.peakActivationBytes).toBe(4 * (24 + 32 + 12 + 12));
    expect(sized.peakActivation).toMatchObject({ node: 'graph/Relu_1', bytes: 4 * (24 + 32 + 12 + 12) });
  });
});

describe('nodes with nodes inside', () => {
  /** Some products with the same weight, one after the other. */
  const products = (count: number, prefix: string) =>
    graph({
      nodes: Array.from({ length: count }, (_, at) =>
        node('MatMul', [at === 0 ? 'x' : `${prefix}${at - 1}`, 'w'], [`${prefix}${at}`], {}, { name: `dense${at}` }),
      ),
      outputs: [valueInfo(`${prefix}${count - 1}`, null)],
    });
  const call = (input: string, name: string) => node('Double', [input], [name], {}, { name, domain: 'custom' });
  const build = (calls: readonly Node[]) =>
    model(
      graph({
        nodes: [
          node('If', ['c'], ['y'], { then_branch: products(1, 'p'), else_branch: products(2, 'q') }, { name: 'if' }),
          ...calls,
        ],
        initializers: [floatTensor('w', [4, 4], new Float32Array(16))],
        inputs: [valueInfo('x', [8, 4]), valueInfo('z', [2, 4]), valueInfo('c', [], DataType.bool)],
        outputs: [valueInfo('y', null)],
      }),
      {
        functions: [
          {
            name: 'Double',
            domain: 'custom',
            inputs: ['a'],
            outputs: ['b'],
            attributes: [],
            opsetImports: [],
            nodes: [node('Add', ['a', 'a'], ['b'], {}, { name: 'add' })],
          },
        ],
      },
    );
  const inspected = (calls: readonly Node[]) => {
    const inspection = inspect(build(calls), file);
    return { ...inspection, byPath: new Map(inspection.nodes.map((entry) => [entry.path, entry])) };
  };

  it('report the inner work as their own; the model counts it once', () => {
    const { byPath, macs, flops, parameters } = inspected([call('y', 'first'), call('z', 'second')]);
    expect(byPath.get('graph/if')).toMatchObject({ macs: 256, includesBodies: true });
    expect(byPath.get('graph/if')!.inBody).toBeUndefined();
    expect(byPath.get('graph/if.then_branch/dense0')).toMatchObject({ macs: 128, parameters: 16, inBody: true });
    expect(byPath.get('graph/if.then_branch/dense0')!.includesBodies).toBeUndefined();
    expect(byPath.get('graph/if.else_branch/dense1')).toMatchObject({
      macs: 128,
      parameters: 0,
      sharedParameters: 16,
    });
    expect(byPath.get('graph/first')).toMatchObject({ flops: 32, includesBodies: true });
    expect({ macs, flops, parameters }).toEqual({ macs: 256, flops: 2 * 256 + 32 + 8, parameters: 16 });
  });

  it('report the cost of a node in a function if every call costs the same', () => {
    const flopsInside = (...calls: readonly Node[]) => inspected(calls).byPath.get('function:custom:Double/add')!.flops;
    expect(flopsInside(call('y', 'once'))).toBe(32);
    expect(flopsInside(call('y', 'once'), call('x', 'again'))).toBe(32);
    expect(flopsInside(call('y', 'once'), call('z', 'smaller'))).toBeNull();
    expect(flopsInside()).toBeNull();
  });
});
