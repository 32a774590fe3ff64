/** Runs a compiled model in this realm. */
import type { CompiledModel, CompiledPort, Build } from '../../engine/compile/compile-model';
import { arrays, relaxedProbe } from '../../engine/compile/module-script';
import type { FeedTensor, Feeds } from '../../engine/data/feeds';
import { ParetoError } from '../../engine/errors';
import { ownValue } from '../../engine/own-value';
import { productOf } from '../../engine/product-of';

export interface CompiledInstance {
  /** The outputs, as copies. Throws `compile/input` for an input of another type or shape. */
  run(feeds: Feeds): Readonly<Record<string, FeedTensor>>;
}

/** The build that this engine runs: relaxed SIMD where it has it. */
export function fastestBuild(): Build {
  return WebAssembly.validate(Uint8Array.from(relaxedProbe)) ? 'relaxed' : 'simd';
}

export async function openCompiled(compiled: CompiledModel, build: Build = fastestBuild()): Promise<CompiledInstance> {
  const bytes = compiled.modules.get(build);
  if (bytes === undefined) throw new ParetoError('compile/build', `The model was not compiled for ${build}.`);
  const { instance } = await WebAssembly.instantiate(bytes);
  const { memory, run } = instance.exports as unknown as { memory: WebAssembly.Memory; run(): void };
  const viewOf = ({ type, shape, address }: CompiledPort) => new arrays[type](memory.buffer, address, productOf(shape));
  const inputs = compiled.inputs.map((port) => ({ port, view: viewOf(port) }));
  const outputs = compiled.outputs.map((port) => ({ port, view: viewOf(port) }));
  return {
    run(feeds) {
      for (const { port, view } of inputs) {
        const feed = ownValue(feeds, port.name);
        if (feed?.dtype !== port.type || feed.data.length !== view.length) {
          throw new ParetoError(
            'compile/input',
            `The input "${port.name}" must be ${port.type}[${port.shape.join(', ')}].`,
          );
        }
        view.set(feed.data as never);
      }
      run();
      return Object.fromEntries(
        outputs.map(({ port, view }) => [port.name, { dtype: port.type, dims: port.shape, data: view.slice() }]),
      );
    },
  };
}
