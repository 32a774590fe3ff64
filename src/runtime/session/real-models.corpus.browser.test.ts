/**
 * More real models on WebNN. Models without half of their MACs have another file, so that two pages end at the same
 * time.
 */
import { describe, it } from 'vitest';
import { expectSameOnWebnn } from '../testing/real-models';

/** Silero legacy is left out of WebNN: the runtime throws `raw_hash_map::at` when it opens the model. */
const others = ['detector', 'recognizer', 'Silero 5', 'BlazeFace front', 'BlazeFace back'] as const;

describe('real models', () => {
  it.each(others)('%s gives the same on webnn-cpu as on wasm', (name) => expectSameOnWebnn(name));
});
