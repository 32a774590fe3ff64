import { describe, expect, it } from 'vitest';
import { checkModel } from '../../onnx/check';
import { DataType } from '../../onnx/data-type';
import type { Graph, Model, ModelFunction, Node } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { defaultOpsetVersion } from '../../onnx/traverse';
import { convertOpset } from './convert-opset';
import { resolveOptions } from '../options';
import type { Progress } from '../../progress';
import { testContext } from '../testing/pass-context';

function modelOf(nodes: readonly Node[], opset: number, parts: Partial<Graph> = {}): Model {
  const inputs = [valueInfo('x', ['N', 4, 3, 5])];
  return model(graph({ nodes, inputs, outputs: [valueInfo('y', null)], ...parts }), { opset, irVersion: 4n });
}

const functionOf = (name: string, nodes: readonly Node[], version: bigint): ModelFunction => ({
  ...{ name, domain: 'own', inputs: ['a'], outputs: ['b'], attributes: [], nodes, opsetImports: [{ version }] },
});

const convert = (original: Model, target: string, reports: Progress[] = []) =>
  convertOpset.run(original, resolveOptions(convertOpset, { target }), testContext(reports));

describe('convert-opset', () => {
  it('rewrites changed operators, raises the file version, and leaves the original', async () => {
    const original = modelOf([node('ReduceMean', ['x'], ['y'], { axes: [2n, 3n] }, { name: 'mean' })], 11);
    const before = structuredClone(original.graph!.nodes[0]!.attributes.length);
    const reports: Progress[] = [];
    const { model: converted, changes } = await convert(original, '21', reports);
    expect(defaultOpsetVersion(converted)).toBe(21n);
    expect(converted.irVersion).toBe(10n);
    expect(converted.graph!.nodes[0]).toMatchObject({ inputs: ['x', 'mean_axes'], attributes: [] });
    expect(changes).toEqual([
      { path: 'graph', op: 'Model', what: 'Operator set 11 converted to 21: 1 × ReduceMean' },
      { path: 'graph/mean', op: 'ReduceMean', what: 'Rewritten for the new operator set' },
    ]);
    expect(original.graph!.nodes[0]!.attributes.length).toBe(before);
    expect(reports.at(-1)).toMatchObject({ done: 1, total: 1 });
  });

  it('raises both entries if the operator set of ONNX is imported under both of its names', async () => {
    const opsetImports = [
      { domain: '', version: 11n },
      { domain: 'ai.onnx', version: 11n },
    ];
    const original = { ...modelOf([node('Relu', ['x'], ['y'])], 11), opsetImports };
    const { model: converted } = await convert(original, '17');
    expect(converted.opsetImports.map(({ version }) => version)).toEqual([17n, 17n]);
    expect(checkModel(converted)).toEqual([]);
  });

  it('refuses a model with graphs of training, which would stay in the older operators', async () => {
    const training = [{ initializationBinding: [], updateBinding: [] }];
    const call = node('F', ['x'], ['y'], {}, { domain: 'own' });
    const functions = [functionOf('F', [node('Relu', ['a'], ['b'])], 11n)];
    const original = { ...modelOf([call], 11), training, functions };
    const { model: left, refusals } = await convert(original, '17');
    expect(left).toBe(original);
    expect(refusals).toMatchObject([{ code: 'opset-not-convertible', reason: expect.stringContaining('training') }]);
  });

  it('stops at the target: means keep their axes until 18', async () => {
    const original = modelOf([node('ReduceMean', ['x'], ['y'], { axes: [2n] })], 11);
    const { model: converted } = await convert(original, '17');
    expect(converted.graph!.nodes[0]!.attributes.map(({ name }) => name)).toEqual(['axes']);
  });

  it('gives a Softmax its axis if only one has more than one element', async () => {
    const original = modelOf([node('Softmax', ['x'], ['y'], { axis: 1n })], 11, {
      inputs: [valueInfo('x', ['N', 1, 'C', 1])],
    });
    const { model: converted } = await convert(original, '13');
    expect(converted.graph!.nodes).toHaveLength(1);
    expect(converted.graph!.nodes[0]!.attributes).toMatchObject([{ name: 'axis', i: 2n }]);
  });

  it('says by an attribute that a normalization trains, which more results said', async () => {
    const results = ['y', 'm', 'v', 'sm', 'sv'];
    const original = modelOf([node('BatchNormalization', ['x', 's', 's', 's', 's'], results)], 9, {
      initializers: [floatTensor('s', [4], [1, 1, 2, 2])],
    });
    const [normalization] = (await convert(original, '17')).model.graph!.nodes;
    expect(normalization!.outputs).toEqual(['y', 'y_running_mean', 'y_running_variance']);
    expect(normalization!.attributes).toMatchObject([{ name: 'training_mode', i: 1n }]);
  });

  it('converts inside branches', async () => {
    const branch = graph({
      nodes: [node('Softmax', ['x'], ['inner'])],
      outputs: [valueInfo('inner', null)],
    });
    const original = modelOf([node('If', ['go'], ['y'], { then_branch: branch, else_branch: branch })], 11, {
      inputs: [valueInfo('x', ['N', 4, 3, 5]), valueInfo('go', [], DataType.bool)],
    });
    const { model: converted } = await convert(original, '13');
    const inner = converted.graph!.nodes[0]!.attributes[0]!.g!;
    expect(inner.nodes.map(({ opType }) => opType)).toEqual(['Shape', 'Flatten', 'Softmax', 'Reshape']);
  });

  it('leaves operators of other domains alone', async () => {
    const custom = node('Softmax', ['x'], ['y'], {}, { domain: 'com.microsoft' });
    const original = {
      ...modelOf([custom], 11),
      opsetImports: [{ domain: 'com.microsoft', version: 1n }, { version: 11n }],
    };
    expect((await convert(original, '13')).model.graph!.nodes[0]).toBe(custom);
  });

  const groups = ['x', 'scale', 'bias'];
  it.each([
    { label: 'a mask', entry: node('Dropout', ['x'], ['z', 'y']), opset: 10, op: 'Dropout', reason: 'mask' },
    {
      label: 'removed coordinates',
      entry: node('Resize', ['x', '', 's'], ['y'], { coordinate_transformation_mode: 'tf_half_pixel_for_nn' }),
      opset: 11,
      op: 'Resize',
      reason: 'tf_half_pixel_for_nn',
    },
    {
      label: 'training',
      entry: node('BatchNormalization', ['x', 's', 's', 's', 's'], ['z', 'y']),
      opset: 9,
      op: 'BatchNormalization',
      reason: 'training mode',
    },
    {
      label: 'computed scales of groups',
      entry: node('GroupNormalization', groups, ['y'], { num_groups: 2n }),
      opset: 18,
      op: 'GroupNormalization',
      reason: 'computed at run time',
    },
    {
      label: 'the error function of integers',
      entry: node('Erf', ['whole'], ['y']),
      opset: 12,
      op: 'Erf',
      reason: 'integers',
    },
    {
      label: 'an experiment',
      entry: node('ImageScaler', ['x'], ['y']),
      opset: 9,
      op: 'ImageScaler',
      reason: 'experiment',
    },
  ])('refuses the whole model for $label', async ({ entry, opset, op, reason }) => {
    const original = modelOf([entry], opset, {
      inputs: ['x', 'scale', 'bias'].map((name) => valueInfo(name, [1, 4, 3, 5])),
      initializers: [floatTensor('s', [4], [1, 1, 2, 2]), int64Tensor('whole', [2], [1, 2])],
    });
    const outcome = await convert(original, '21');
    expect(outcome.model).toBe(original);
    expect(outcome.changes).toEqual([]);
    expect(outcome.refusals).toEqual([
      { path: `graph/${op}_0`, op, code: 'opset-not-convertible', reason: expect.stringContaining(reason) },
    ]);
  });

  it('refuses operators that would not run after opset 21', async () => {
    const drawn = modelOf([node('RandomNormalLike', ['x'], ['y'])], 21);
    expect((await convert(drawn, '23')).refusals).toMatchObject([
      { code: 'opset-not-convertible', reason: expect.stringContaining('no kernel') },
    ]);
  });

  it('refuses a node whose operator lacks an output that is read', async () => {
    const softmax = node('Softmax', ['x'], ['y', 'z']);
    const of = (read: string) =>
      model(
        graph({
          nodes: [softmax, node('Relu', [read], ['out'])],
          inputs: [valueInfo('x', [2, 3, 4])],
          outputs: [valueInfo('out', null)],
        }),
        { opset: 11 },
      );
    expect((await convert(of('z'), '17')).refusals[0]?.reason).toContain(
      'has an output "z" that its operator does not have',
    );
    expect((await convert(of('y'), '17')).refusals).toEqual([]);
  });

  it('converts functions in the place of their calls, and says so', async () => {
    const original = {
      ...modelOf([node('Mean', ['x'], ['y'], {}, { domain: 'own' })], 11),
      functions: [functionOf('Mean', [node('ReduceMean', ['a'], ['b'], { axes: [1n] })], 11n)],
    };
    const { model: converted, changes } = await convert(original, '21');
    expect(converted.functions).toEqual([]);
    expect(converted.graph!.nodes).toMatchObject([{ opType: 'ReduceMean', inputs: ['x', 'y_axes'], outputs: ['y'] }]);
    expect(changes.map(({ what }) => what)).toEqual([
      '1 function call inlined',
      'Operator set 11 converted to 21: 1 × ReduceMean',
      'Rewritten for the new operator set',
    ]);
  });

  it('refuses models that are too old, have functions without an end or newer ones, or are new enough', async () => {
    const codes = async (original: Model) => (await convert(original, '13')).refusals.map(({ code }) => code);
    expect(await codes(modelOf([node('Relu', ['x'], ['y'])], 5))).toEqual(['opset-not-convertible']);
    expect(await codes(modelOf([node('Relu', ['x'], ['y'])], 13))).toEqual(['opset-new-enough']);
    const call = node('F', ['x'], ['y'], {}, { domain: 'own' });
    const endless = functionOf('F', [node('F', ['a'], ['b'], {}, { domain: 'own' })], 12n);
    const newer = functionOf('F', [node('Relu', ['a'], ['b'])], 17n);
    for (const entry of [endless, newer]) {
      expect(await codes({ ...modelOf([call], 12), functions: [entry] })).toEqual(['opset-not-convertible']);
    }
  });
});
