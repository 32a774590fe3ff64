import { expect, it } from 'vitest';
import type { Inference } from '../../../../inference';
import { randomNetwork } from '../../../../onnx/coupling/testing/random-network';
import type { Model } from '../../../../onnx/graph';
import { elementCount } from '../../../../onnx/tensor';
import { resolveOptions } from '../../../options';
import type { TableDetail } from '../../../pass-details';
import { passContext } from '../../../testing/pass-context';
import { simplePictures } from '../../../testing/simple-pictures';
import { pruneChannels } from '../prune-channels';
import { createInProcessInference } from '../../../../../runtime/node/testing/in-process-inference';

const network = randomNetwork(8, [4, 5]);
const weightsOf = ({ graph }: Model): number =>
  graph!.initializers.reduce((sum, tensor) => sum + elementCount(tensor), 0);

/** Computes for real, on a machine whose runs take as long as the weights say, and not the MACs. */
function weightBoundInference(): Inference {
  const inference = createInProcessInference();
  return {
    ...inference,
    async open(...given) {
      const ms = weightsOf(given[1]) / weightsOf(network);
      return { ...(await inference.open(...given)), time: async (runs) => runs * ms };
    },
  };
}

it('scales the widths that were best on data, until they take the share of the time', async () => {
  const options = resolveOptions(pruneChannels, { of: 'latency', remove: 0.3 });
  const context = passContext({ original: network, data: simplePictures(24), inference: weightBoundInference() });
  const { model, details } = await pruneChannels.run(network, options, context);
  const [timed, best] = (details!['widths'] as TableDetail).rows;
  expect(timed![0]).toBe('timed');
  expect(timed![1]).not.toBe(best![1]);
  expect(1 - weightsOf(model) / weightsOf(network)).toBeGreaterThan(0.28);
});
