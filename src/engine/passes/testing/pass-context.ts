import { model, graph } from '../../onnx/testing/build';
import { createSeededRandom } from '../../seeded-random';
import type { PassContext } from '../pass';

/** What a pass is given, for tests that care about one or two things of it. */
export function passContext(given: Partial<PassContext> = {}): PassContext {
  return {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    observe: () => undefined,
    random: createSeededRandom(1),
    original: model(graph({ nodes: [], inputs: [], outputs: [] })),
    ...given,
  };
}
