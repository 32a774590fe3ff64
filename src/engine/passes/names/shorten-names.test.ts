import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../analysis/inspect';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import { encodedBytes } from '../../onnx/codec/encode-files';
import { nodeOverload } from '../../onnx/codec/function-fields';
import { DataType } from '../../onnx/data-type';
import type { Graph, Model } from '../../onnx/graph';
import { withNamesOf } from '../../onnx/short-names';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { resolveRecipe } from '../../recipe/pipeline';
import type { Progress } from '../../progress';
import { resolveOptions } from '../options';
import { passContext, testContext } from '../testing/pass-context';
import { savedByShortNames } from './name-parts';
import { shortenNames } from './shorten-names';

const branch = (name: string): Graph =>
  graph({
    name: 'torch_jit_branch_graph',
    nodes: [node('Add', ['/encoder/hidden', '/weights/of/the/branch'], [name], {}, { name: '/branch/Add' })],
    initializers: [floatTensor('/weights/of/the/branch', [3], [1, 2, 3])],
    outputs: [valueInfo(name, [1, 3])],
  });

function network(parts: Partial<Graph> = {}, overrides: Partial<Model> = {}): Model {
  return model(
    graph({
      name: 'main_graph',
      inputs: [valueInfo('image', ['batch', 3]), valueInfo('go', [], DataType.bool)],
      outputs: [valueInfo('scores', ['batch', 3])],
      initializers: [floatTensor('/encoder/weight', [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])],
      nodes: [
        node('MatMul', ['image', '/encoder/weight'], ['/encoder/hidden'], {}, { name: '/encoder/MatMul' }),
        node(
          'If',
          ['go'],
          ['/chosen/value'],
          { then_branch: branch('/then/result'), else_branch: branch('/else/result') },
          { name: '/If', docString: 'model.py(12): forward' },
        ),
        node('Relu', ['/chosen/value'], ['scores'], {}, { name: '/Relu' }),
      ],
      valueInfos: [valueInfo('/encoder/hidden', ['batch', 3])],
      ...parts,
    }),
    { metadata: [{ key: 'stride', value: '32' }], ...overrides },
  );
}

async function shorten(given: Model, options = {}, original = given) {
  const outcome = await shortenNames.run(given, resolveOptions(shortenNames, options), passContext({ original }));
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const namesIn = ({ nodes }: Graph): string[] =>
  nodes.flatMap(({ inputs, outputs, attributes }) => [
    ...[...inputs, ...outputs],
    ...attributes.flatMap(({ g }) => (g ? namesIn(g) : [])),
  ]);

describe('shorten-names', () => {
  it('gives values short names, also if a branch reads an outer value', async () => {
    const original = network();
    const { model: short, changes, refusals, details, sentence } = await shorten(original);
    expect(namesIn(short.graph!)).toEqual([
      ...['image', '2', '3', 'go', '4'],
      ...['3', '6', '7', '3', '6', '8'],
      ...['4', 'scores'],
    ]);
    expect(short.graph!.nodes.map(({ name }) => name)).toEqual([undefined, undefined, undefined]);
    expect(short.graph).toMatchObject({ name: 'main_graph', inputs: original.graph!.inputs, valueInfos: [] });
    expect(short.metadata).toEqual([
      { key: 'stride', value: '32' },
      { key: 'pareto.names', value: expect.stringMatching(/^[0-9a-f]{8}$/) },
    ]);
    expect(refusals).toEqual([]);
    expect(changes.map(({ what }) => what)).toEqual([
      '1 comment removed',
      '1 description removed: they can be derived',
      '5 nodes without a name',
      '6 values renamed',
    ]);
    const saved = encodedBytes(original) - encodedBytes(short);
    expect(details!['saved']).toMatchObject({ total: ['All', null, saved] });
    expect(sentence).toContain(`${saved}`);
    expect(encodedBytes(network())).toBe(encodedBytes(original));
  });

  it('counts no names in graphs of functions, which stay', async () => {
    const names = { then_branch: branch('/then/of/the/function'), else_branch: branch('/else/of/the/function') };
    const inputs = ['go', '/encoder/hidden'];
    const scaled = { domain: 'own', name: 'Scaled', inputs, outputs: ['chosen'], attributes: [] };
    const functions = [{ ...scaled, nodes: [node('If', ['go'], ['chosen'], names)], opsetImports: [] }];
    const { model: short, changes } = await shorten(network({}, { functions }));
    expect(changes.map(({ what }) => what)).toContain('6 values renamed');
    expect(namesIn({ ...short.graph!, nodes: short.functions[0]!.nodes })).toContain('/then/of/the/function');
  });

  it('gives the names back to whoever has the original', async () => {
    const original = network();
    const { model: short } = await shorten(original, { keepNodeNames: true });
    expect(namesIn(withNamesOf(short, original).graph!)).toEqual(namesIn(original.graph!));
    expect(short.graph!.nodes.map(({ name }) => name)).toEqual(original.graph!.nodes.map(({ name }) => name));
    const other = network({ nodes: [node('Relu', ['image'], ['scores'])] });
    expect(withNamesOf(short, other)).toBe(short);
    expect(withNamesOf(original, short)).toBe(original);
  });

  it('finds nothing more the second time', async () => {
    const original = network();
    const { model: short } = await shorten(original);
    const again = await shorten(short);
    expect(again.model).toBe(short);
    expect(again.refusals.map(({ code }) => code)).toEqual(['nothing-found']);
  });

  it('counts names that passes added by themselves, and takes no name of the original for them', async () => {
    const original = network();
    const [matMul, choice] = original.graph!.nodes;
    const nodes = [
      matMul!,
      choice!,
      node('Abs', ['/chosen/value'], ['q7']),
      node('Neg', ['q7'], ['/chosen/value_quantized']),
      node('Relu', ['/chosen/value_quantized'], ['scores']),
    ];
    const { model: short } = await shorten({ ...original, graph: { ...original.graph!, nodes } }, {}, original);
    expect(namesIn(short.graph!).slice(-6)).toEqual(['4', '_0', '_0', '_1', '_1', 'scores']);
    expect(namesIn(withNamesOf(short, original).graph!).slice(-6)).toEqual([
      ...['/chosen/value', '_0', '_0', '_1'],
      ...['_1', 'scores'],
    ]);
  });

  it.each(['0', '2', '_0', '.', '__proto__', 'constructor', '4...', 'é'])(
    'keeps %s apart from short names',
    async (name) => {
      const chain = (middle: string) =>
        network({
          inputs: [valueInfo('image', [1, 3])],
          initializers: [],
          nodes: [
            node('Relu', ['image'], [name], {}, { name }),
            node('Abs', [name], [middle]),
            node('Neg', [middle], ['/long/name/of/a/value']),
            node('Relu', ['/long/name/of/a/value'], ['scores']),
          ],
          valueInfos: [],
        });
      for (const middle of ['/another/long/name', '1', '_1']) {
        const original = chain(middle);
        const { model: short } = await shorten(original);
        expect(new Set(namesIn(short.graph!)).size).toBe(5);
        expect(namesIn(withNamesOf(short, original).graph!)).toEqual(namesIn(original.graph!));
        // A pass in between named something as a place would be.
        const added = await shorten(chain('3'), {}, original);
        expect(namesIn(withNamesOf(added.model, original).graph!)[2]).toBe(name);
        expect(new Set(namesIn(added.model.graph!)).size).toBe(5);
      }
    },
  );

  it('keeps names by which an operator of a runtime finds the ends of its graphs', async () => {
    const decoder = graph({
      name: 'decoder',
      inputs: [valueInfo('input_ids', [1, 1], DataType.int64)],
      nodes: [
        node('Cast', ['input_ids'], ['/decoder/hidden'], { to: 1n }),
        node('Abs', ['/decoder/hidden'], ['logits_of_step']),
      ],
      outputs: [valueInfo('logits_of_step', [1, 1])],
    });
    const domains = [
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ];
    const original = network(
      {
        nodes: [node('GreedySearch', ['image'], ['scores'], { decoder }, { domain: 'com.microsoft' })],
        initializers: [],
        valueInfos: [],
      },
      { opsetImports: domains },
    );
    const { model: short } = await shorten(original);
    const inside = short.graph!.nodes[0]!.attributes[0]!.g!;
    expect(namesIn(inside)).toEqual(['input_ids', '4', '4', 'logits_of_step']);
  });

  it('renames values of quantization annotations, and weights that an old file lists as inputs', async () => {
    const weight = floatTensor('/encoder/weight', [3], [1, 2, 3]);
    const original = network(
      {
        inputs: [valueInfo('image', [1, 3]), valueInfo('/encoder/weight', [3])],
        initializers: [weight],
        nodes: [node('Add', ['image', '/encoder/weight'], ['scores'])],
        valueInfos: [],
        quantizationAnnotations: [
          { tensorName: 'image', parameters: [{ key: 'SCALE_TENSOR', value: '/encoder/weight' }] },
        ],
      },
      { irVersion: 3n },
    );
    const { graph: short } = (await shorten(original)).model;
    expect(short!.inputs.map(({ name }) => name)).toEqual(['image', '1']);
    expect(short!.initializers.map(({ name }) => name)).toEqual(['1']);
    expect(short!.quantizationAnnotations).toEqual([
      { tensorName: 'image', parameters: [{ key: 'SCALE_TENSOR', value: '1' }] },
    ]);
  });

  it('keeps descriptions that cannot be inferred, and names that identify work', async () => {
    const original = network(
      {
        nodes: [
          node('Guess', ['image'], ['/value/of/another/domain'], {}, { domain: 'own' }),
          node('MatMul', ['/value/of/another/domain', '/encoder/weight'], ['/product/of/both']),
          node('Relu', ['/product/of/both'], ['scores']),
        ],
        valueInfos: [
          valueInfo('/value/of/another/domain', [4, 3]),
          valueInfo('/product/of/both', [4, 3]),
          valueInfo('/value/that/is/gone', [4, 3]),
        ],
      },
      {
        opsetImports: [
          { domain: '', version: 17n },
          { domain: 'own', version: 1n },
        ],
      },
    );
    const { model: short } = await shorten(original);
    expect(short.graph!.valueInfos).toEqual([valueInfo('3', [4, 3]), valueInfo('4', [4, 3])]);
    const file = { name: '', sizeBytes: 0, sha256: '' };
    expect(inspect(short, file).macs).toBe(inspect(original, file).macs);
  });

  it('removes metadata notes of newer exporters, and keeps the called overload', async () => {
    const notes = [{ key: 'pkg.torch.onnx.stack_trace', value: 'File "model.py", line 12, in forward' }];
    const bytes = toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 10n,
        opsetImport: [
          { domain: '', version: 20n },
          { domain: 'own', version: 1n },
        ],
        metadataProps: [{ key: 'author', value: 'somebody' }],
        graph: {
          name: 'main',
          docString: 'exported',
          input: [{ name: 'x' }],
          output: [{ name: 'y' }],
          metadataProps: notes,
          node: [
            { opType: 'Scaled', domain: 'own', input: ['x'], output: ['t'], overload: 'half', metadataProps: notes },
            {
              opType: 'Constant',
              output: ['c'],
              attribute: [
                {
                  ...{ name: 'value', type: 4, docString: 'a number' },
                  t: { name: 'onnx::Add_12', dims: [1n], dataType: TensorProto_DataType.FLOAT, floatData: [1] },
                },
              ],
            },
            { opType: 'Add', input: ['t', 'c'], output: ['y'], metadataProps: notes },
          ],
        },
        functions: [
          {
            ...{
              name: 'Scaled',
              domain: 'own',
              overload: 'half',
              input: ['in_of_function'],
              output: ['out_of_function'],
            },
            node: [{ opType: 'Abs', name: 'abs', input: ['in_of_function'], output: ['out_of_function'] }],
            opsetImport: [{ domain: '', version: 20n }],
            metadataProps: notes,
          },
        ],
      }),
    );
    const original = decodeModel(new MemorySource(bytes));
    const { model: short } = await shorten(original);
    const [call, constant, add] = short.graph!.nodes;
    expect(nodeOverload(call!)).toBe('half');
    expect([add!.unknownFields, short.graph!.unknownFields, short.graph!.docString]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(constant!.attributes[0]).toMatchObject({ docString: undefined, t: { name: undefined } });
    expect(short.functions[0]).toMatchObject({ inputs: ['in_of_function'], nodes: [{ name: undefined }] });
    expect(short.metadata[0]).toEqual({ key: 'author', value: 'somebody' });
  });

  it('leaves models with training graphs, and those with too little to save', async () => {
    const training = [{ initializationBinding: [], updateBinding: [{ key: '/encoder/weight', value: 'w' }] }];
    const trained = network({}, { training });
    const [left, little] = [await shorten(trained), await shorten(network(), { leastSaving: 0.9 })];
    expect(left.model).toBe(trained);
    expect(left.refusals.map(({ code }) => code)).toEqual(['training']);
    expect(little.changes).toEqual([]);
    expect(little.refusals[0]!.reason).toMatch(
      /^It would save only \d\d\.\d\d.% of the file, so nothing was changed\.$/,
    );
  });

  it('is predicted to the byte for a hundredth of the file', async () => {
    const original = network();
    const { model: short } = await shorten(original);
    expect(savedByShortNames(original, original)).toBe(encodedBytes(original) - encodedBytes(short));
    expect(savedByShortNames(short, original)).toBe(0);
    const weights = floatTensor('/encoder/weight', [3, 100_000], new Float32Array(300_000));
    const large = network({ initializers: [weights] });
    expect(savedByShortNames(large, large)).toBe(0);
  });

  it('drops attributes equal to the default of the operator set', async () => {
    const attributesAt = async (version: bigint) => {
      const nodes = [
        node('Softmax', ['image'], ['/soft'], { axis: -1n }),
        node('LeakyRelu', ['/soft'], ['/leaky'], { alpha: 0.01 }, { name: '/LeakyRelu' }),
        node('LeakyRelu', ['/leaky'], ['/steep'], { alpha: 0.02 }),
        node('Add', ['/encoder/hidden', '/steep'], ['scores']),
      ];
      const encoder = network().graph!.nodes[0]!;
      const given = network({ nodes: [encoder, ...nodes] }, { opsetImports: [{ version }] });
      const { model: short } = await shorten(given);
      return short.graph!.nodes.map(({ attributes }) => attributes.map(({ name }) => name));
    };
    expect(await attributesAt(13n)).toEqual([[], [], [], ['alpha'], []]);
    expect(await attributesAt(12n)).toEqual([[], ['axis'], [], ['alpha'], []]);
  });

  it('tells how far it is, stops when told to, and lets nothing stand behind it', async () => {
    const reports: Progress[] = [];
    const options = resolveOptions(shortenNames, {});
    await shortenNames.run(network(), options, testContext(reports));
    expect(reports.at(-1)).toMatchObject({ done: 5, total: 5 });
    const controller = new AbortController();
    controller.abort();
    await expect(shortenNames.run(network(), options, testContext([], controller))).rejects.toThrow('abort');
    const step = (pass: string) => ({ pass, enabled: true, options: {} });
    const recipe = (...ids: string[]) => ({ version: 1 as const, seed: 0, steps: ids.map(step) });
    expect(resolveRecipe(recipe('simplify', 'shorten-names'))).toHaveLength(2);
    expect(() => resolveRecipe(recipe('shorten-names', 'simplify'))).toThrow('must come last');
    expect(() => resolveRecipe(recipe('shorten-names', 'shorten-names'))).toThrow('is in the recipe twice');
  });
});
