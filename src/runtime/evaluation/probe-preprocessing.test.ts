import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../engine/data/dataset';
import { createInputsReader, firstInputs } from '../../engine/data/read-inputs';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model as buildModel, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSeededRandom } from '../../engine/seeded-random';
import { blobOfModel } from '../files/model-blob';
import { createInProcessHost } from '../node/testing/in-process-host';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { evaluateModels } from './evaluate-models';
import { probedSamples } from './probe-preprocessing';

const sample = (name: string) =>
  new MemorySource(readFileSync(fileURLToPath(new URL(`../../../public/samples/${name}`, import.meta.url))));

const context = { signal: new AbortController().signal, checkpoint: () => Promise.resolve() };

/** The sample takes bytes as they are; behind `x · factor + offset` it is a model that was trained with other numbers. */
function trainedWith(factor: number, offset: number): Model {
  const original = decodeModel(sample('fashion-cnn.onnx'));
  const main = original.graph!;
  const name = main.inputs[0]!.name!;
  const nodes = main.nodes.map((each) => ({
    ...each,
    inputs: each.inputs.map((input) => (input === name ? 'pixels as bytes' : input)),
  }));
  return {
    ...original,
    graph: {
      ...main,
      initializers: [
        ...main.initializers,
        floatTensor('its factor', [], [factor]),
        floatTensor('its offset', [], [offset]),
      ],
      nodes: [
        node('Mul', [name, 'its factor'], ['scaled pixels']),
        node('Add', ['scaled pixels', 'its offset'], ['pixels as bytes']),
        ...nodes,
      ],
    },
  };
}

async function evaluate(model: Model, mapping: DataMapping) {
  const dataset = await openDataset(
    [{ path: 'fashion-mnist-evaluation.npz', source: sample('fashion-mnist-evaluation.npz') }],
    { decoder: createNodePictureDecoder(), context },
  );
  return { evaluation: await evaluateOn(dataset, model, mapping, 300), dataset };
}

async function evaluateOn(dataset: Dataset, model: Model, mapping: DataMapping, samples: number) {
  const files = { model: blobOfModel(model), name: 'model.onnx', externalData: [] };
  const indices = Array.from({ length: samples }, (_, index) => index);
  const request = { models: [{ id: 'original', files }], dataset, indices, mapping };
  const [evaluation] = await evaluateModels(
    context,
    createInProcessHost(),
    { ...request, ep: 'wasm', threads: 1, freeDimensions: {} },
    () => undefined,
  );
  return evaluation!;
}

const asTheyAre: DataMapping = { inputs: { image: { array: 'image' } }, labels: { array: 'labels' } };

describe('how data is fed', () => {
  it('is proposed if another scaling has clearly more correct predictions', async () => {
    const model = trainedWith(127.5, 127.5);
    const { evaluation } = await evaluate(model, asTheyAre);
    const warning = evaluation.accuracy?.warnings?.find(({ code }) => code === 'preprocessing');
    expect(warning?.message).toMatch(
      /^Accuracy would be \d\d\.\d\s% \(now .*, 200 samples\) with pixels scaled to −1 to 1\./,
    );
    const proposed = { ...asTheyAre, inputs: warning!.inputs! };
    const { evaluation: better, dataset } = await evaluate(model, proposed);
    expect(better.accuracy!.metrics['top1']!.value).toBeGreaterThan(0.9);
    expect(better.accuracy?.warnings).toBeUndefined();
    const read = createInputsReader({
      ...{ dataset, mapping: proposed, freeDimensions: {} },
      inputs: [{ name: 'image', dtype: 'float32', shape: ['N', 28, 28] }],
    });
    const [fed] = await firstInputs(read([0], context), 1);
    expect(Math.min(...(fed!['image']!.data as Float32Array))).toBeCloseTo(-1, 5);
  });

  it('is not doubted if the predictions are as good as possible', async () => {
    const { evaluation } = await evaluate(decodeModel(sample('fashion-cnn.onnx')), asTheyAre);
    expect(evaluation.accuracy?.warnings).toBeUndefined();
  });

  it('is tried on samples of all classes, sorted or in turns', async () => {
    const dataset = await openDataset(
      [{ path: 'fashion-mnist-evaluation.npz', source: sample('fashion-mnist-evaluation.npz') }],
      { decoder: createNodePictureDecoder(), context },
    );
    const indices = Array.from({ length: 600 }, (_, index) => index);
    const probed = probedSamples({
      dataset: { ...dataset, description: { ...dataset.description, samples: 600 } },
      indices,
    });
    expect(new Set(probed).size).toBe(200);
    const [first, classes] = [probed.slice(0, 48), [0, 1, 2, 3, 4, 5]];
    for (const some of [first, probed]) {
      for (const one of classes) {
        expect(some.filter((index) => index % 6 === one).length).toBeGreaterThan(some.length / 20);
        expect(some.filter((index) => Math.floor(index / 100) === one).length).toBeGreaterThan(some.length / 10);
      }
    }
  });

  it('is proposed for columns that a model takes by their mean and deviation', async () => {
    const random = createSeededRandom(1);
    const rows = Array.from({ length: 120 }, () => {
      const [one, other] = [random.next(), random.next()];
      return `${1000 + 300 * one},${0.01 + 0.003 * other},${one > other ? 0 : 1}`;
    });
    const text = ['pressure,share,label', ...rows].join('\n');
    const dataset = await openDataset(
      [{ path: 'table.csv', source: new MemorySource(new TextEncoder().encode(text)) }],
      { decoder: createNodePictureDecoder(), context },
    );
    // The larger of two columns that were scaled alike is the answer.
    const larger = buildModel(
      graph({
        inputs: [valueInfo('x', ['N', 2])],
        outputs: [valueInfo('scores', ['N', 2])],
        nodes: [node('Identity', ['x'], ['scores'])],
      }),
    );
    const asWritten: DataMapping = { inputs: { x: { array: 'features' } }, labels: { array: 'label' } };
    const doubted = await evaluateOn(dataset, larger, asWritten, 120);
    const warning = doubted.accuracy?.warnings?.find(({ code }) => code === 'preprocessing');
    expect(warning?.message).toContain('with columns scaled to 0 to 1.');
    const better = await evaluateOn(dataset, larger, { ...asWritten, inputs: warning!.inputs! }, 120);
    expect(better.accuracy!.metrics['top1']!.value).toBeGreaterThan(0.95);
    expect(better.accuracy?.warnings).toBeUndefined();

    // The same where the classes stand in another order than the model's.
    const otherOrder: DataMapping = { ...asWritten, labels: { array: 'label', classes: ['1', '0'] } };
    const doubtedTwice = await evaluateOn(dataset, larger, otherOrder, 120);
    const [scaling, ...others] = doubtedTwice.accuracy!.warnings!;
    expect(scaling?.code).toBe('preprocessing');
    expect(scaling?.message).toMatch(/ with columns scaled .* and another class order\./);
    const scaled = await evaluateOn(dataset, larger, { ...otherOrder, inputs: scaling!.inputs! }, 120);
    expect(scaled.accuracy?.warnings?.map(({ code, classes }) => [code, classes])).toEqual([
      ['class-order', ['0', '1']],
    ]);
    expect(others.map(({ code }) => code)).not.toContain('class-order');
  });
});
