/** Data and costs for tests of passes that remove structure from a small network of convolutions. */
import type { CalibrationData } from '../../data/calibration-data';
import type { Feeds } from '../../data/feeds';
import type { Model } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { createSeededRandom } from '../../seeded-random';

/** Pictures [1, 3, 8, 8] with few degrees of freedom, so that channels have much in common. */
export function simplePictures(samples: number): CalibrationData {
  return {
    fingerprint: 'pictures',
    samples,
    async *feeds(): AsyncGenerator<Feeds> {
      const random = createSeededRandom(5);
      for (let sample = 0; sample < samples; sample += 1) {
        const [a, b, c] = [random.next(), random.next(), random.next()];
        const data = Float32Array.from({ length: 192 }, (_, at) => Math.sin(at * a) + b * Math.cos(at / 7) + c);
        yield { x: { dtype: 'float32', dims: [1, 3, 8, 8], data } };
      }
    },
  };
}

/** MACs of a model whose sizes are all known. */
export function macsOf(model: Model): number {
  const inferred = inferModel(model);
  return model.graph!.nodes.reduce((sum, each) => sum + inferred.macs(each)!, 0);
}
