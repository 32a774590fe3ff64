import { describe, expect, it } from 'vitest';
import { checkModel } from '../check';
import type { Model, ModelFunction, Node } from '../graph';
import { inlineFunctions as inline } from './inline-functions';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';

const inlineFunctions = (original: Model) => inline(original, () => Promise.resolve());

const call = (name: string, inputs: string[], outputs: string[], attributes = {}, label?: string): Node =>
  node(name, inputs, outputs, attributes, { domain: 'own', ...(label && { name: label }) });

const define = (name: string, nodes: readonly Node[], parts: Partial<ModelFunction> = {}): ModelFunction => ({
  ...{ name, domain: 'own', inputs: ['a'], outputs: ['b'], attributes: [], nodes },
  opsetImports: [{ domain: '', version: 17n }],
  ...parts,
});

const modelOf = (nodes: readonly Node[], functions: readonly ModelFunction[], opset = 17): Model =>
  model(graph({ nodes, inputs: [valueInfo('x', [2, 3])], outputs: [valueInfo('y', null)] }), {
    opsetImports: [
      { domain: '', version: BigInt(opset) },
      { domain: 'own', version: 1n },
    ],
    functions,
  });

const shown = ({ graph: main }: Model) =>
  main!.nodes.map(({ opType, inputs, outputs }) => `${opType} ${inputs.join()} → ${outputs.join()}`);

const twice = define('Twice', [node('Abs', ['a'], ['t'], {}, { name: 'abs' }), node('Neg', ['t'], ['b'])]);

describe('inlining functions', () => {
  it('gives each call names of its own, and takes the functions away', async () => {
    const original = modelOf([call('Twice', ['x'], ['t'], {}, 'first'), call('Twice', ['t'], ['y'])], [twice]);
    const { model: inlined, calls, refusals } = await inlineFunctions(original);
    expect(shown(inlined)).toEqual(['Abs x → t_1', 'Neg t_1 → t', 'Abs t → t_2', 'Neg t_2 → y']);
    expect(inlined.graph!.nodes.map(({ name }) => name)).toEqual(['first/abs', undefined, 'abs', undefined]);
    expect(inlined.functions).toEqual([]);
    expect(checkModel(inlined)).toEqual([]);
    expect(calls.map(({ path }) => path)).toEqual(['graph/first', 'graph/Twice_1']);
    expect(refusals).toEqual([]);
    expect(shown(original)).toEqual(['Twice x → t', 'Twice t → y']);
  });

  it('goes on in functions that are called, and inside branches', async () => {
    const outer = define('Outer', [call('Twice', ['a'], ['t']), node('Exp', ['t'], ['b'])]);
    const branch = graph({ nodes: [call('Outer', ['x'], ['t'])], outputs: [valueInfo('t', null)] });
    const choice = node('If', ['c'], ['y'], { then_branch: branch, else_branch: { ...branch } });
    const original = modelOf([node('Cast', ['x'], ['c'], { to: 9n }), choice], [twice, outer]);
    const { model: inlined } = await inlineFunctions(original);
    const inside = inlined.graph!.nodes[1]!.attributes.map(({ g }) => shown(model(g!)));
    expect(inside).toEqual([
      ['Abs x → t_2', 'Neg t_2 → t_1', 'Exp t_1 → t'],
      ['Abs x → t_2', 'Neg t_2 → t_1', 'Exp t_1 → t'],
    ]);
    expect(inlined.functions).toEqual([]);
  });

  it('renames values of graphs inside a body and binds their attributes', async () => {
    const bound = { ...node('Gather', ['a', 'i'], ['x']), attributes: [{ name: 'axis', refAttrName: 'at', type: 2 }] };
    const branch = graph({ nodes: [bound], outputs: [valueInfo('x', null)] });
    const choosing = define('Choosing', [node('If', ['c'], ['b'], { then_branch: branch, else_branch: branch })], {
      inputs: ['a', 'c', 'i'],
      attributes: ['at'],
    });
    const { model: inlined } = await inlineFunctions(
      modelOf([call('Choosing', ['x', 'x', 'x'], ['y'], { at: 1n })], [choosing]),
    );
    const inner = inlined.graph!.nodes[0]!.attributes[0]!.g!;
    expect(shown(model(inner))).toEqual(['Gather x,x → x_1']);
    expect(inner.outputs[0]!.name).toBe('x_1');
    expect(inner.nodes[0]!.attributes).toMatchObject([{ name: 'axis', i: 1n }]);
  });

  it('omits inputs that the call omits and adds Identity for outputs that no node produces', async () => {
    const clip = define('Clip3', [node('Clip', ['a', 'low', 'high'], ['b'])], {
      inputs: ['a', 'low', 'high'],
      outputs: ['b', 'b', 'a'],
    });
    const { model: inlined } = await inlineFunctions(modelOf([call('Clip3', ['x', '', 'x'], ['p', 'y', 'r'])], [clip]));
    expect(shown(inlined).slice(0, 2)).toEqual(['Clip x,,x → p', 'Identity p → y']);
  });

  it.each([
    ['an input', ['a', 't'], [node('Abs', ['a'], ['t'])], ['t', 'y'], ['Abs x → y', 'Identity x → t']],
    [
      'an input under its own name',
      ['a', 'b'],
      [node('Abs', ['a'], ['b'])],
      ['a', 'y'],
      ['Abs x → y', 'Identity x → a'],
    ],
    [
      'a result for the second time',
      ['b', 'b'],
      [node('Abs', ['a'], ['t']), node('Neg', ['t'], ['b'])],
      ['y', 't'],
      ['Abs x → t_1', 'Neg t_1 → y', 'Identity y → t'],
    ],
  ])('hands on %s to a name that the body has too', async (_what, outputs, nodes, asked, expected) => {
    const ends = asked.filter((name) => name !== 'y').map((name) => node('Exp', [name], ['z']));
    const original = modelOf([call('Both', ['x'], asked), ...ends], [define('Both', nodes, { outputs })]);
    const { model: inlined } = await inlineFunctions(original);
    expect(shown(inlined).slice(0, -1)).toEqual(expected);
    expect(checkModel(inlined)).toEqual([]);
  });

  it('converts a body of an older operator set, using the inputs of the call', async () => {
    const old = define('Old', [node('ReduceMean', ['a'], ['b'], { axes: [1n] })], {
      opsetImports: [{ domain: '', version: 13n }],
    });
    const { model: inlined } = await inlineFunctions(modelOf([call('Old', ['x'], ['y'])], [old], 18));
    expect(shown(inlined)).toEqual(['ReduceMean x,b_axes → y']);
    expect(inlined.graph!.initializers).toHaveLength(1);
    expect(checkModel(inlined)).toEqual([]);
  });

  it('imports the operator sets that bodies use', async () => {
    const foreign = define('Foreign', [node('Gelu', ['a'], ['b'], {}, { domain: 'com.microsoft' })], {
      opsetImports: [{ domain: 'com.microsoft', version: 1n }],
    });
    const { model: inlined } = await inlineFunctions(modelOf([call('Foreign', ['x'], ['y'])], [foreign]));
    expect(inlined.opsetImports).toContainEqual({ domain: 'com.microsoft', version: 1n });
    expect(checkModel(inlined)).toEqual([]);
  });

  it('removes functions without a call and reports them', async () => {
    const { model: inlined, removed } = await inlineFunctions(modelOf([node('Abs', ['x'], ['y'])], [twice]));
    expect(inlined.functions).toEqual([]);
    expect(removed).toEqual([{ path: 'function:own:Twice', op: 'Twice', what: 'Removed: it is never called' }]);
  });

  it('converts functions to their newest operator set if the graphs import none', async () => {
    const mean = define('Mean', [node('ReduceMean', ['a'], ['b'], { axes: [1n] })], {
      opsetImports: [{ domain: '', version: 13n }],
    });
    const newer = define('Newer', [node('Abs', ['a'], ['b'])], { opsetImports: [{ domain: '', version: 18n }] });
    const unused = define('Unused', [node('Abs', ['a'], ['b'])], { opsetImports: [{ domain: '', version: 21n }] });
    const original = modelOf([call('Mean', ['x'], ['h']), call('Newer', ['h'], ['y'])], [mean, newer, unused]);
    const opsetImports = [{ domain: 'own', version: 1n }];
    const { model: inlined } = await inlineFunctions({ ...original, opsetImports });
    expect(shown(inlined)).toEqual(['ReduceMean x,b_axes → h', 'Abs h → y']);
    expect(inlined.opsetImports).toEqual([...opsetImports, { domain: '', version: 18n }]);
    expect(checkModel(inlined)).toEqual([]);
  });

  it('leaves calls whose functions would make far more nodes than the model has', async () => {
    const functions = Array.from({ length: 17 }, (_, at) =>
      define(
        `F${at}`,
        at === 16 ? [node('Abs', ['a'], ['b'])] : [call(`F${at + 1}`, ['a'], ['t']), call(`F${at + 1}`, ['t'], ['b'])],
      ),
    );
    const original = modelOf([call('F0', ['x'], ['y'])], functions);
    const { model: left, refusals } = await inlineFunctions(original);
    expect(left).toBe(original);
    expect(refusals).toMatchObject([
      { code: 'large-function', reason: expect.stringContaining('more than 10000 nodes') },
    ]);
  });

  it('leaves calls of functions whose weights would be stored once for each', async () => {
    const weight = floatTensor('w', [100_000], new Float32Array(100_000));
    const heavy = define('Heavy', [node('Constant', [], ['w'], { value: weight }), node('Add', ['a', 'w'], ['b'])]);
    const names = Array.from({ length: 21 }, (_, at) => (at === 0 ? 'x' : at === 20 ? 'y' : `v${at}`));
    const calls = names.slice(1).map((name, at) => call('Heavy', [names[at]!], [name]));
    const original = modelOf(calls, [heavy]);
    const { model: left, refusals } = await inlineFunctions(original);
    expect(left).toBe(original);
    expect(refusals).toMatchObject([{ code: 'large-function', path: 'graph' }]);
  });

  it('lets the host breathe, and inlines as many calls as it allows nodes', async () => {
    const count = 150_000;
    const names = Array.from({ length: count + 1 }, (_, at) => (at === 0 ? 'x' : at === count ? 'y' : `v${at}`));
    const calls = names.slice(1).map((name, at) => call('Once', [names[at]!], [name]));
    let breaths = 0;
    const { calls: replaced } = await inline(modelOf(calls, [define('Once', [node('Abs', ['a'], ['b'])])]), () =>
      Promise.resolve(void breaths++),
    );
    expect(replaced).toHaveLength(count);
    expect(breaths).toBeGreaterThan(100);
  });

  const runtimes = define('Gelu', [node('Abs', ['a'], ['b'])], { domain: 'com.microsoft' });
  it.each([
    ['endless-function', [call('Again', ['x'], ['y'])], [define('Again', [call('Again', ['a'], ['b'])])]],
    ['runtime-operator', [node('Gelu', ['x'], ['y'], {}, { domain: 'com.microsoft' })], [runtimes]],
    ['function-opset', [call('New', ['x'], ['y'])], [{ ...twice, name: 'New', opsetImports: [{ version: 18n }] }]],
    [
      'large-function',
      [call('F0', ['x'], ['y'])],
      Array.from({ length: 20 }, (_, at) =>
        define(
          `F${at}`,
          at === 19
            ? [node('Abs', ['a'], ['b'])]
            : [call(`F${at + 1}`, ['a'], ['t']), call(`F${at + 1}`, ['t'], ['b'])],
        ),
      ),
    ],
  ])('leaves a call with the reason: %s', async (code, nodes, functions) => {
    const original = modelOf(nodes, functions);
    const { model: left, refusals } = await inlineFunctions(original);
    expect(refusals).toMatchObject([{ code, path: `graph/${nodes[0]!.opType}_0` }]);
    expect(left).toBe(original);
  });
});
