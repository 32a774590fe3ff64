import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';
import { observeStatistics } from './observe-statistics';

const dims = [1, 6, 80, 90];
const elements = 6 * 80 * 90;

const shifting = model(
  graph({
    nodes: [node('Add', ['x', 'shift'], ['h']), node('Relu', ['h'], ['y'])],
    initializers: [floatTensor('shift', [6, 1, 1], [-3, -1, 0, 1, 2, 5])],
    inputs: [valueInfo('x', dims)],
    outputs: [valueInfo('y', dims)],
  }),
);

function dataWith(change: (numbers: Float32Array, sample: number) => void, samples = 3): CalibrationData {
  return {
    samples,
    fingerprint: '',
    async *feeds(): AsyncIterable<Feeds> {
      for (let sample = 0; sample < samples; sample += 1) {
        const random = createSeededRandom(sample);
        const numbers = Float32Array.from({ length: elements }, () => 4 * random.next() - 2);
        change(numbers, sample);
        yield { x: { dtype: 'float32', dims, data: numbers } };
      }
    },
  };
}

async function observe(data: CalibrationData, needsRanges: boolean) {
  const { statistics, means } = await observeStatistics({
    signal: new AbortController().signal,
    inference: createInProcessInference(),
    ...{ data, model: shifting, needsRanges, values: ['x', 'h', 'y'] },
    channelAxes: new Map([['h', 1]]),
  });
  return { statistics, means: means.get('h')! };
}

describe('observeStatistics of large values', () => {
  it('finds the ranges and the means of channels that it finds in whole values', async () => {
    const data = dataWith((numbers, sample) => (numbers[(7 * sample + 1) % elements] = 100 * (sample - 1)));
    const [whole, reduced] = [await observe(data, false), await observe(data, true)];
    for (const name of ['x', 'h', 'y']) {
      const [a, b] = [whole.statistics.get(name)!, reduced.statistics.get(name)!];
      expect([b.minimum, b.maximum, b.meanRange, b.notFinite]).toEqual([a.minimum, a.maximum, a.meanRange, 0]);
    }
    reduced.means.forEach((mean, channel) => expect(mean).toBeCloseTo(whole.means[channel]!, 4));
  });

  it('counts a part of the numbers whose distribution is that of all', async () => {
    const [whole, reduced] = [
      await observe(
        dataWith(() => {}),
        false,
      ),
      await observe(
        dataWith(() => {}),
        true,
      ),
    ];
    const sharesOf = ({ statistics }: typeof whole): readonly number[] => {
      const counts = statistics.get('h')!.histogram.between([-6, -3, -1, 1, 3, 8]);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(total).toBe(statistics === whole.statistics ? 3 * elements : 3 * Math.ceil(elements / 5));
      return Array.from(counts, (count) => count / total);
    };
    sharesOf(reduced).forEach((share, bin) => expect(share).toBeCloseTo(sharesOf(whole)[bin]!, 2));
  });

  it('finds the means of the channels of a value with one axis', async () => {
    const wide = model(
      graph({
        nodes: [node('Relu', ['x'], ['y'])],
        inputs: [valueInfo('x', [elements])],
        outputs: [valueInfo('y', [elements])],
      }),
    );
    const numbers = Float32Array.from({ length: elements }, (_, at) => at);
    const { means } = await observeStatistics({
      signal: new AbortController().signal,
      inference: createInProcessInference(),
      data: {
        samples: 1,
        fingerprint: '',
        async *feeds() {
          yield { x: { dtype: 'float32', dims: [elements], data: numbers } };
        },
      },
      ...{ model: wide, needsRanges: true, values: ['y'], channelAxes: new Map([['y', 0]]) },
    });
    expect(Array.from(means.get('y')!.subarray(0, 3))).toEqual([0, 1, 2]);
  });

  it('finds a number that is not finite anywhere', async () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const { statistics } = await observe(
        dataWith((numbers, sample) => {
          if (sample === 1) numbers[elements - 2] = bad;
        }),
        true,
      );
      expect(statistics.get('x')!.notFinite).toBe(1);
      expect(Number.isFinite(statistics.get('x')!.maximum)).toBe(true);
    }
  });
});
