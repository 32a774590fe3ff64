import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createInProcessHost } from '../node/testing/in-process-host';
import type { SessionHost } from '../session/session-host';
import { RememberedOriginal } from './remembered-original';

const { signal } = new AbortController();
const filesOf = (op: string) => {
  const nodes = [node(op, ['x'], ['y'])];
  const built = model(graph({ nodes, inputs: [valueInfo('x', [1, 4])], outputs: [valueInfo('y', [1, 4])] }));
  return {
    name: `${op}.onnx`,
    externalData: [],
    model: new Blob([joinParts(encodeModel(built)) as Uint8Array<ArrayBuffer>]),
  };
};
const feedsOf = (first: number) => ({ x: { dtype: 'float32', dims: [1, 4], data: Float32Array.of(first, -2, 3, -4) } });

/** A host that tells what really ran. */
function watchedHost(): { readonly sessions: SessionHost; readonly ran: string[] } {
  const ran: string[] = [];
  const host = createInProcessHost();
  const sessions: SessionHost = {
    async open(given, spec) {
      const session = await host.open(given, spec);
      return { ...session, run: (feeds) => (ran.push(spec.files.name), session.run(feeds)) };
    },
  };
  return { sessions, ran };
}

it.each([
  ['runs the original once on each sample, and variants always', 1e6, ['Abs.onnx', 'Abs.onnx', 'Neg.onnx', 'Abs.onnx']],
  ['runs it again on what does not fit', 20, ['Abs.onnx', 'Abs.onnx', 'Neg.onnx', 'Abs.onnx', 'Abs.onnx']],
])('%s', async (_, mostBytes, expected) => {
  const { sessions, ran } = watchedHost();
  const [original, variant] = [filesOf('Abs'), filesOf('Neg')];
  const remembered = new RememberedOriginal(sessions, original, mostBytes);
  const open = (files: typeof original) =>
    remembered.sessions.open(signal, { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false });
  const valuesOf = async (files: typeof original, firsts: readonly number[]) => {
    const session = await open(files);
    const values = [];
    for (const first of firsts)
      values.push([...((await session.run(feedsOf(first))).outputs['y']!.data as Float32Array)]);
    session.close();
    return values;
  };
  const answers = (firsts: readonly number[]) => firsts.map((first) => [Math.abs(first), 2, 3, 4]);
  expect(await valuesOf(original, [1, -5])).toEqual(answers([1, -5]));
  expect(await valuesOf(variant, [1])).toEqual([[-1, 2, -3, 4]]);
  expect(await valuesOf(original, [-5, 1, 7])).toEqual(answers([-5, 1, 7]));
  expect(ran).toEqual(expected);
  expect(remembered.remembersAll).toBe(mostBytes > 20);
  expect(remembered.counts).toEqual({ asked: 5, computed: expected.length - 1 });
});

it('remembers nothing of an original that draws random numbers, so that each evaluation sees that it does', async () => {
  const host = createInProcessHost();
  const original = filesOf('Abs');
  let draws = 0;
  const random: SessionHost = {
    async open(given, spec) {
      const session = await host.open(given, spec);
      return {
        ...session,
        async run() {
          const data = Float32Array.of(draws++, 2, 3, 4);
          return { ms: 1, outputs: { y: { dtype: 'float32', dims: [1, 4], data } } };
        },
      };
    },
  };
  const remembered = new RememberedOriginal(random, original);
  const spec = { files: original, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
  const firstOf = async () => {
    const session = await remembered.sessions.open(signal, spec);
    const runs = [await session.run(feedsOf(1)), await session.run(feedsOf(1))];
    return runs.map(({ outputs }) => (outputs['y']!.data as Float32Array)[0]);
  };
  expect([await firstOf(), await firstOf()]).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(remembered.remembersAll).toBe(false);
});
