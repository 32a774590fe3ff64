import { describe, expect, it } from 'vitest';
import { checkModel } from '../../onnx/check';
import { DataType } from '../../onnx/data-type';
import type { Graph, ValueInfo } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { fixDimensions } from './fix-dimensions';
import type { Progress } from '../../progress';
import { resolveOptions } from '../options';
import { testContext } from '../testing/pass-context';

function network(parts: Partial<Graph> = {}) {
  return model(
    graph({
      inputs: [valueInfo('x', ['batch', 3, null, null]), valueInfo('ids', ['batch', 'length'], DataType.int64)],
      outputs: [valueInfo('y', ['batch', 4, null, null]), valueInfo('z', ['batch', 'length', 'other'])],
      initializers: [
        floatTensor('w', [4, 3, 3, 3], new Float32Array(108)),
        floatTensor('table', [10, 8], new Float32Array(80)),
      ],
      nodes: [node('Conv', ['x', 'w'], ['y']), node('Gather', ['table', 'ids'], ['z'])],
      ...parts,
    }),
  );
}

async function fix(dimensions: readonly string[], original = network()) {
  const outcome = await fixDimensions.run(original, resolveOptions(fixDimensions, { dimensions }), testContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const shapeOf = ({ type }: ValueInfo) =>
  type!.shape!.dimensions.map((dimension) => {
    if ('size' in dimension && dimension.size !== undefined) return Number(dimension.size);
    return 'symbol' in dimension ? dimension.symbol : null;
  });
const shapesOf = (infos: readonly ValueInfo[]) => infos.map(shapeOf);

describe('fix-dimensions', () => {
  it('gives named and unnamed dimensions their sizes, and outputs the resulting shapes', async () => {
    const { model: fixed, changes, refusals } = await fix(['batch=2', 'x.2=10', 'x.3=20', 'length=7']);
    expect(shapesOf(fixed.graph!.inputs)).toEqual([
      [2, 3, 10, 20],
      [2, 7],
    ]);
    expect(shapesOf(fixed.graph!.outputs)).toEqual([
      [2, 4, 8, 18],
      [2, 7, 8],
    ]);
    expect(refusals).toEqual([]);
    expect(changes.map(({ path, what }) => `${path}: ${what}`)).toEqual([
      'graph/x: Axis 0 (batch) has the size 2.',
      'graph/ids: Axis 0 (batch) has the size 2.',
      'graph/x: Axis 2 (x.2) has the size 10.',
      'graph/x: Axis 3 (x.3) has the size 20.',
      'graph/ids: Axis 1 (length) has the size 7.',
      'graph/y: Its shape is [2, 4, 8, 18].',
      'graph/z: Its shape is [2, 7, 8].',
    ]);
  });

  it('leaves the dimensions free that are not named', async () => {
    const { model: fixed } = await fix(['batch=1']);
    expect(shapesOf(fixed.graph!.inputs)).toEqual([
      [1, 3, null, null],
      [1, 'length'],
    ]);
    expect(shapeOf(fixed.graph!.outputs[1]!)).toEqual([1, 'length', 8]);
  });

  it('takes the suggested sizes when none are given, and says why', async () => {
    const { model: fixed, changes } = await fix([]);
    expect(shapesOf(fixed.graph!.inputs)).toEqual([
      [1, 3, 224, 224],
      [1, 128],
    ]);
    expect(changes[0]!.what).toBe('Axis 0 (batch) has the size 1. Batch of 1, typical for one user.');
  });

  it('describes inner values as they are now, or not at all', async () => {
    const original = network({
      nodes: [
        node('Conv', ['x', 'w'], ['c']),
        node('Relu', ['c'], ['y']),
        node('Gather', ['table', 'ids'], ['z']),
        node('Custom', ['z'], ['k'], {}, { domain: 'com.microsoft' }),
      ],
      valueInfos: [valueInfo('c', ['batch', 4, 'a', 'b']), valueInfo('k', ['unknown']), valueInfo('z', null)],
    });
    const withDomain = {
      ...original,
      opsetImports: [...original.opsetImports, { domain: 'com.microsoft', version: 1n }],
    };
    const { model: fixed } = await fix([], withDomain);
    expect(fixed.graph!.valueInfos.map(({ name }) => name)).toEqual(['c', 'z']);
    expect(shapeOf(fixed.graph!.valueInfos[0]!)).toEqual([1, 4, 222, 222]);
  });

  it('reaches into branches', async () => {
    const branch = graph({ nodes: [node('Relu', ['x'], ['r'])], outputs: [valueInfo('r', ['batch', 3, null, null])] });
    const original = network({
      inputs: [valueInfo('x', ['batch', 3, 4, 4]), valueInfo('go', [], DataType.bool)],
      nodes: [node('If', ['go'], ['y'], { then_branch: branch, else_branch: branch })],
      outputs: [valueInfo('y', null)],
    });
    const { model: fixed } = await fix(['batch=2'], original);
    const [inner] = fixed.graph!.nodes[0]!.attributes;
    expect(shapeOf(inner!.g!.outputs[0]!)).toEqual([2, 3, 4, 4]);
  });

  it('leaves inputs alone that are weights', async () => {
    const original = network({
      inputs: [valueInfo('x', [1, 3, 4, 4]), valueInfo('w', ['free', 3, 3, 3]), valueInfo('ids', [1], DataType.int64)],
    });
    const { model: fixed, refusals } = await fix([], original);
    expect(fixed).toBe(original);
    expect(refusals.map(({ code }) => code)).toEqual(['nothing-free']);
  });

  it.each([
    ['length', 'dimension/invalid', 'write name=size'],
    ['length=0', 'dimension/invalid', 'an integer above 0'],
    ['length=1.5', 'dimension/invalid', ''],
    ['length=9999999999', 'dimension/invalid', ''],
    ['lenght=3', 'dimension/unknown', 'It has batch, x.2, x.3, length.'],
    ['x.1=3', 'dimension/unknown', 'already has a size'],
    ['__proto__=3', 'dimension/unknown', ''],
  ])('refuses %s', async (entry, code, reason) => {
    const original = network();
    const { model: fixed, changes, refusals } = await fix([entry], original);
    expect(fixed).toBe(original);
    expect(changes).toEqual([]);
    expect(refusals).toEqual([expect.objectContaining({ code, reason: expect.stringContaining(reason) })]);
  });

  it('keeps the first of two sizes, and says so', async () => {
    const { model: fixed, refusals } = await fix(['batch=2', 'batch=3']);
    expect(shapeOf(fixed.graph!.inputs[0]!)[0]).toBe(2);
    expect(refusals.map(({ code }) => code)).toEqual(['dimension/twice']);
  });

  it('cannot fix an input of unknown rank', async () => {
    const original = network({ inputs: [valueInfo('x', null), valueInfo('ids', ['length'], DataType.int64)] });
    const { refusals } = await fix([], original);
    expect(refusals).toMatchObject([{ path: 'graph/x', code: 'dimension/no-rank' }]);
  });

  it('turns a shape that the model computes into numbers', async () => {
    const original = network({
      inputs: [valueInfo('x', ['batch', 3, 4, 4])],
      initializers: [int64Tensor('rest', [1], [-1]), int64Tensor('first', [1], [0])],
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'first'], ['n']),
        node('Concat', ['n', 'rest'], ['target'], { axis: 0n }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      outputs: [valueInfo('y', ['batch', 'rest'])],
    });
    expect(shapesOf((await fix(['batch=5'], original)).model.graph!.outputs)).toEqual([[5, 48]]);
  });

  it('reports its work as done at the end', async () => {
    const reports: Progress[] = [];
    const options = resolveOptions(fixDimensions, { dimensions: ['batch=2'] });
    await fixDimensions.run(network(), options, testContext(reports));
    const { done, total } = reports.at(-1)!;
    expect(done).toBe(total);
  });
});
