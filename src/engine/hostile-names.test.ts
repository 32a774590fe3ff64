import { describe, expect, it } from 'vitest';
import { inspect } from './analysis/inspect';
import { freeDimensionsOf, sizesToAssume, withSuggestedDimensions } from './data/free-dimensions';
import { createSampleFeeder } from './data/mapping/sample-feeds';
import { stackFeeds } from './data/mapping/stack-feeds';
import { createSyntheticFeeds } from './data/synthetic';
import { OutputComparison } from './metrics/output-match';
import { MemorySource } from './onnx/byte-source';
import { checkModel } from './onnx/check';
import { decodeModel } from './onnx/codec/decode';
import { encodeModel, joinParts } from './onnx/codec/encode';
import { inferModel } from './onnx/infer';
import { textOfSize } from './onnx/size';
import { floatTensor, graph, model, node, valueInfo } from './onnx/testing/build';
import { runPipeline } from './recipe/pipeline';
import { accuracyName } from './metrics/describe-accuracy';

/** Names of members that every object has. */
const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];

describe.each(names)('a model that calls things %s', (name) => {
  const candidate = model(
    graph({
      nodes: [
        node('Add', [name, 'w'], ['sum'], {}, { name }),
        node(name, ['sum'], ['own'], {}, { domain: 'own' }),
        node('Relu', ['sum'], [`${name}_out`]),
      ],
      initializers: [floatTensor('w', [1], [1])],
      inputs: [valueInfo(name, [name, 3])],
      outputs: [valueInfo(`${name}_out`, [name, 3]), valueInfo('own', null)],
    }),
    {
      opsetImports: [
        { domain: '', version: 17n },
        { domain: 'own', version: 1n },
      ],
    },
  );
  const file = { name: 'm.onnx', sizeBytes: 1, sha256: '' };
  const { inputs } = inspect(candidate, file);

  it('is written, read and inferred', () => {
    const again = decodeModel(new MemorySource(joinParts(encodeModel(candidate))));
    expect(checkModel(again)).toEqual([]);
    expect(inferModel(again).value(again.graph!, 'sum')?.shape?.map(textOfSize)).toEqual([name, '3']);
    const sized = inferModel(again, { dimensions: Object.fromEntries([[name, 7]]) });
    expect(sized.value(again.graph!, 'sum')?.shape).toEqual([7, 3]);
  });

  it('is described with an open size, and with the size that is chosen', () => {
    expect(freeDimensionsOf(inputs).map(({ key }) => key)).toEqual([name]);
    expect(sizesToAssume(inputs, {})).toEqual(withSuggestedDimensions(inputs));
    expect(Object.keys(inspect(candidate, file).operators)).toContain(`own::${name}`);
    expect(inspect(candidate, file, { dimensions: {} }).inputs[0]!.shape).toEqual([name, 3]);
  });

  it('is fed and compared', () => {
    const feeds = createSyntheticFeeds(inputs, Object.fromEntries([[name, 2]]), 0);
    expect(Object.entries(feeds).map(([key, { dims }]) => [key, dims])).toEqual([[name, [2, 3]]]);
    const axes = Object.fromEntries([[name, 0]]);
    expect(Object.values(stackFeeds([feeds, feeds], axes))[0]!.dims).toEqual([4, 3]);
    expect(Object.values(stackFeeds([feeds, feeds], {}))[0]!.dims).toEqual([2, 3]);
    const comparison = new OutputComparison();
    comparison.add(feeds, {});
    expect(comparison.perOutput()[0]!.problem).toContain(name);
  });

  it('takes data whose field has that name', () => {
    const description = {
      ...{ name: 'd', format: 'npz' as const, sampleCount: 1, sizeBytes: 1, notes: [] },
      fields: [{ name, kind: 'tensor' as const, dtype: 'float32', shape: [3] }],
    };
    const mapping = { inputs: Object.fromEntries([[name, { array: name }]]), labels: null };
    const feeder = createSampleFeeder({ mapping, description, inputs, freeDimensions: {} } as never);
    const tensor = { dtype: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) };
    const sample = feeder.feed({ index: 0, values: Object.fromEntries([[name, { kind: 'tensor', tensor }]]) });
    expect(Object.values(sample.steps[0]!)[0]!.dims).toEqual([1, 3]);
    expect(() => feeder.feed({ index: 0, values: {} })).toThrow('has no value');
  });

  it('goes through the passes', async () => {
    const context = {
      signal: new AbortController().signal,
      progress: () => undefined,
      checkpoint: () => Promise.resolve(),
    };
    for (const pass of ['simplify', 'fix-dimensions', 'quantize-dynamic', 'prune-weights', 'convert-opset']) {
      const steps = [{ pass, options: {}, enabled: true }];
      const { model: result } = await runPipeline(candidate, { version: 1, seed: 0, steps }, context);
      expect(checkModel(result)).toEqual([]);
    }
  });

  it('is no name of a metric', () => {
    expect(accuracyName(name)).toBe(name);
  });
});
