import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, FunctionProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { DataType } from './data-type';
import type { Model, ModelFunction } from './graph';
import { inferModel, type InferenceOptions } from './infer';
import { textOfSize } from './size';
import { graph, model, node, valueInfo } from './testing/build';
import { createTensor } from './tensor';
import { startCpuClock } from '../testing/cpu-clock';

const sizes = (name: string, ...values: number[]) =>
  createTensor({ name, dataType: DataType.int64, dims: [values.length], bytes: BigInt64Array.from(values, BigInt) });

const scalar = (name: string, value: number) =>
  createTensor({ name, dataType: DataType.int64, dims: [], bytes: BigInt64Array.of(BigInt(value)) });

function shapeOf(candidate: Model, name: string, options?: InferenceOptions) {
  return inferModel(candidate, options)
    .value(candidate.graph!, name)
    ?.shape?.map((size) => textOfSize(size) ?? null);
}

it('repeats the single element of an expanded list and refuses to expand two or none', () => {
  const main = graph({
    nodes: [
      node('Expand', ['one', 'three'], ['repeated']),
      node('Expand', ['two', 'as-long'], ['kept']),
      node('Expand', ['two', 'three'], ['impossible']),
      node('Expand', ['none', 'three'], ['nothing']),
    ],
    initializers: [sizes('one', 7), sizes('two', 1, 2), sizes('three', 3), sizes('as-long', 2), sizes('none')],
    outputs: [valueInfo('repeated', null)],
  });
  const inferred = inferModel(model(main));
  const contents = ['repeated', 'kept', 'impossible', 'nothing'].map((name) => inferred.value(main, name)?.content);
  expect(contents).toEqual([[7, 7, 7], [1, 2], [1, 2], []]);
});

describe('shapes that a model computes itself', () => {
  const flattened = model(
    graph({
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'first'], ['batch']),
        node('Unsqueeze', ['batch', 'zero'], ['row']),
        node('Concat', ['row', 'rest'], ['target'], { axis: 0n }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      initializers: [scalar('first', 0), sizes('zero', 0), sizes('rest', -1)],
      inputs: [valueInfo('x', ['N', 4, 'H'])],
      outputs: [valueInfo('y', null)],
    }),
  );

  it('are followed through Shape, Gather, Concat and Reshape', () => {
    expect(shapeOf(flattened, 'y')).toEqual(['N', 'H*4']);
    expect(shapeOf(flattened, 'y', { dimensions: { N: 2, H: 5 } })).toEqual(['2', '20']);
  });

  it('take the name <input>.<axis> for a dimension without one', () => {
    const unnamed = model(
      graph({
        nodes: [node('Relu', ['x'], ['y'])],
        inputs: [valueInfo('x', [null, 3])],
        outputs: [valueInfo('y', null)],
      }),
    );
    expect(shapeOf(unnamed, 'y')).toEqual(['x.0', '3']);
    expect(shapeOf(unnamed, 'y', { dimensions: { 'x.0': 7 } })).toEqual(['7', '3']);
  });
});

describe('initializers that a caller may replace', () => {
  const reshaping = (irVersion: bigint) =>
    model(
      graph({
        nodes: [node('Reshape', ['x', 'target'], ['y'])],
        initializers: [sizes('target', 2, 6)],
        inputs: [valueInfo('x', [3, 4]), valueInfo('target', [2], DataType.int64)],
        outputs: [valueInfo('y', null)],
      }),
      { irVersion },
    );

  it('contribute their shape but no content', () => {
    const candidate = reshaping(8n);
    expect(shapeOf(candidate, 'target')).toEqual(['2']);
    expect(inferModel(candidate).value(candidate.graph!, 'target')?.content).toBeUndefined();
    expect(shapeOf(candidate, 'y')).not.toEqual(['2', '6']);
  });

  it('were none of them in files that had to list every initializer as an input', () => {
    expect(shapeOf(reshaping(3n), 'y')).toEqual(['2', '6']);
  });
});

describe('arithmetic before opset 7', () => {
  it('spreads the second operand over the first, from the axis that it names', () => {
    const spread = (opset: number, bias: number) =>
      model(
        graph({
          nodes: [node('Add', ['x', 'b'], ['y'], opset < 7 ? { broadcast: 1n, axis: 0n } : {})],
          inputs: [valueInfo('x', ['N', 1]), valueInfo('b', [bias])],
          outputs: [valueInfo('y', null)],
        }),
        { opset },
      );
    expect(shapeOf(spread(6, 8), 'y')).toEqual(['N', '1']);
    expect(shapeOf(spread(7, 8), 'y')).toEqual(['N', '8']);
  });
});

describe('graphs inside nodes', () => {
  const branch = (op: string, output: string, axis?: bigint) =>
    graph({
      nodes: [node(op, axis === undefined ? ['x'] : ['x', 'x'], [output], axis === undefined ? {} : { axis })],
      outputs: [valueInfo(output, null)],
    });

  const choice = (condition: Partial<Parameters<typeof graph>[0]>) =>
    model(
      graph({
        nodes: [
          node('If', ['condition'], ['y'], {
            then_branch: branch('Relu', 'a'),
            else_branch: branch('Concat', 'b', 1n),
          }),
        ],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', null)],
        ...condition,
      }),
    );

  it('of an If give the facts common to both branches', () => {
    const open = choice({
      inputs: [valueInfo('x', ['N', 4]), valueInfo('condition', [], DataType.bool)],
    });
    expect(shapeOf(open, 'y')).toEqual(['N', null]);
  });

  it('of an If with a known condition give the facts of that branch', () => {
    const taken = createTensor({ name: 'condition', dataType: DataType.bool, dims: [], bytes: Uint8Array.of(0) });
    expect(shapeOf(choice({ initializers: [taken] }), 'y')).toEqual(['N', '8']);
  });

  it('of a Loop carry a shape only when it stays the same, and count the turns', () => {
    const body = graph({
      nodes: [
        node('Identity', ['go'], ['goes']),
        node('Concat', ['grown', 'x'], ['growing'], { axis: 0n }),
        node('Relu', ['kept'], ['keeping']),
        node('Identity', ['x'], ['row']),
      ],
      inputs: [
        valueInfo('turn', [], DataType.int64),
        valueInfo('go', [], DataType.bool),
        valueInfo('grown', null),
        valueInfo('kept', null),
      ],
      outputs: ['goes', 'growing', 'keeping', 'row'].map((name) => valueInfo(name, null)),
    });
    const looped = model(
      graph({
        nodes: [node('Loop', ['turns', '', 'x', 'x'], ['grows', 'keeps', 'rows'], { body })],
        initializers: [scalar('turns', 6)],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('rows', null)],
      }),
    );
    expect(shapeOf(looped, 'grows')).toEqual([null, '4']);
    expect(shapeOf(looped, 'keeps')).toEqual(['N', '4']);
    expect(shapeOf(looped, 'rows')).toEqual(['6', 'N', '4']);
  });
});

describe('functions of a model', () => {
  const calling = (body: ModelFunction['nodes'], domain = 'custom'): Model => ({
    ...model(
      graph({
        nodes: [node('Twice', ['x'], ['y'], { by: 3n }, { domain })],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', null)],
      }),
    ),
    functions: [
      { name: 'Twice', domain, inputs: ['a'], outputs: ['b'], attributes: ['by'], nodes: body, opsetImports: [] },
    ],
  });

  it('are followed with the attributes and inputs of the call', () => {
    const concat = node('Concat', ['a', 'a'], ['b']);
    const reference = { name: 'axis', refAttrName: 'by', type: 2 };
    const inner = { ...node('Unsqueeze', ['a', 'at'], ['b']), attributes: [reference] };
    expect(shapeOf(calling([{ ...concat, attributes: [{ name: 'axis', type: 2, i: 0n }] }]), 'y')).toEqual([
      'N*2',
      '4',
    ]);
    expect(shapeOf(calling([inner]), 'y')).toBeUndefined();
  });

  it('use defaults for attributes that the call omits', () => {
    const bytes = toBinary(
      FunctionProtoSchema,
      create(FunctionProtoSchema, {
        attributeProto: [{ name: 'by', type: AttributeProto_AttributeType.INT, i: 1n }],
      }),
    );
    const inner = { ...node('Concat', ['a', 'a'], ['b']), attributes: [{ name: 'axis', refAttrName: 'by', type: 2 }] };
    const original = calling([inner]);
    const call = { ...original.graph!.nodes[0]!, attributes: [] };
    const byDefault: Model = {
      ...original,
      graph: { ...original.graph!, nodes: [call] },
      functions: original.functions.map((entry) => ({ ...entry, attributes: [], unknownFields: bytes })),
    };
    expect(shapeOf(byDefault, 'y')).toEqual(['N', '8']);
  });

  it('are followed as deep as they are replaced by their nodes', () => {
    const body = (index: number) =>
      node(index < 40 ? `F${index + 1}` : 'Relu', ['a'], ['b'], {}, index < 40 ? { domain: 'custom' } : {});
    const outermost = calling([body(0)]);
    const others = Array.from({ length: 40 }, (_, index) => ({
      ...outermost.functions[0]!,
      ...{ name: `F${index + 1}`, nodes: [body(index + 1)] },
    }));
    expect(shapeOf({ ...outermost, functions: [...outermost.functions, ...others] }, 'y')).toEqual(['N', '4']);
  });

  it('that call themselves end', () => {
    const again = node('Twice', ['a'], ['c'], {}, { domain: 'custom' });
    const circle = calling([again, { ...again, outputs: ['b'] }]);
    const spentMs = startCpuClock();
    expect(shapeOf(circle, 'y')).toBeUndefined();
    expect(spentMs()).toBeLessThan(5000);
  });
});

describe('Constant nodes', () => {
  it('hold inferred content, except integers that a number cannot represent exactly', () => {
    const main = graph({
      nodes: [
        node('Constant', [], ['axes'], { value_ints: [1n, -1n] }),
        node('Constant', [], ['large'], { value_int: 2n ** 53n }),
        node('Constant', [], ['larger'], { value_int: 2n ** 53n + 1n }),
        node('Equal', ['large', 'larger'], ['same']),
      ],
    });
    const inferred = inferModel(model(main));
    expect(inferred.value(main, 'axes')?.content).toEqual([1, -1]);
    expect(inferred.value(main, 'same')?.content).toEqual([null]);
  });

  it.each([
    ['floats', { value_floats: [1, 2, 3] }],
    ['integers', { value_ints: [1n, 2n, 3n] }],
    ['texts', { value_strings: ['a', 'b', 'c'] }],
  ])('have a list of %s as a vector', (_name, attributes) => {
    const main = graph({ nodes: [node('Constant', [], ['list'], attributes)] });
    expect(shapeOf(model(main), 'list')).toEqual(['3']);
  });
});

describe('shapes by the rules of operators only', () => {
  const squeezed = (domain: string) =>
    model(
      graph({
        nodes: [
          node('Relu', ['x'], ['a']),
          node('Squeeze', ['a'], ['b'], {}, { domain }),
          node('Shape', ['b'], ['c']),
          node('Neg', ['b'], ['y']),
        ],
        inputs: [valueInfo('x', ['N', 3])],
        outputs: [valueInfo('y', ['N', 3])],
        valueInfos: [valueInfo('b', ['N', 3])],
      }),
      { opsetImports: [{ version: 17n }, { domain: 'com.example', version: 1n }] },
    );

  it('ignore declared results, except those of operators without rules', () => {
    expect(shapeOf(squeezed(''), 'y')).toEqual(['N', '3']);
    expect(shapeOf(squeezed(''), 'y', { byRulesOnly: true })).toBeUndefined();
    expect(shapeOf(squeezed('com.example'), 'y', { byRulesOnly: true })).toEqual(['N', '3']);
  });

  it('keep the types that it declares', () => {
    const candidate = squeezed('com.example');
    const inferred = inferModel(candidate, { byRulesOnly: true });
    expect(inferred.value(candidate.graph!, 'b')?.elementType).toBe(DataType.float32);
  });
});
