import { expect, it } from 'vitest';
import type { Inference } from '../../../../inference';
import { randomNetwork } from '../../../../onnx/coupling/testing/random-network';
import type { Model } from '../../../../onnx/graph';
import { inferModel } from '../../../../onnx/infer';
import { resolveOptions } from '../../../options';
import type { TableDetail } from '../../../pass-details';
import { passContext } from '../../../testing/pass-context';
import { pruneChannels } from '../prune-channels';

const network = randomNetwork(8, [4, 5]);

const macsOf = (model: Model): number => {
  const inferred = inferModel(model);
  return model.graph!.nodes.reduce((sum, node) => sum + inferred.macs(node)!, 0);
};

/** A machine on which a run takes as long as these MACs say. */
function machine(msOf: (macs: number) => number) {
  const sessions = { opened: 0, open: 0 };
  const inference: Pick<Inference, 'open'> = {
    async open(signal, model) {
      const ms = msOf(macsOf(model) / macsOf(network));
      sessions.opened++;
      sessions.open++;
      return {
        run: async () => ({}),
        time: async (runs) => (signal.throwIfAborted(), runs * ms),
        read: async () => ({}),
        close: () => void sessions.open--,
      };
    },
  };
  return { sessions, inference: inference as Inference };
}

const options = { of: 'latency', remove: 0.3, recover: 'none', ranking: 'global', importance: 'l2' };
const prune = (given: Record<string, unknown>, inference?: Inference) =>
  pruneChannels.run(
    network,
    resolveOptions(pruneChannels, { ...options, ...given }),
    passContext({ original: network, ...(inference && { inference }) }),
  );

it('removes the channels that take the share of the time, and reports the measurement', async () => {
  // A third of the time has nothing to do with MACs.
  const { inference, sessions } = machine((macs) => 1 + 2 * macs);
  const { model, sentence, details } = await prune({}, inference);
  const saved = (2 / 3) * (1 - macsOf(model) / macsOf(network));
  expect(saved).toBeGreaterThan(0.28);
  expect(saved).toBeLessThan(0.34);
  expect(sentence!.replaceAll('\u00a0', ' ')).toMatch(
    /^(\d+\.\d) % \(\1 % to \1 %\) of the run time removed, measured here on WASM with one thread\. On another machine, the same recipe may remove other channels\. \d+\.\d % of the MACs removed\.$/,
  );
  expect((details!['times'] as TableDetail).rows.at(-1)![1]).toBeCloseTo(saved, 6);
  expect(sessions.open).toBe(0);
  expect(sessions.opened).toBeLessThan(10);
});

it('changes nothing if the time cannot be met, and reports the reachable share', async () => {
  const { inference, sessions } = machine((macs) => 3 + macs);
  for (const rounds of [1, 3]) {
    const { model, refusals } = await prune({ remove: 0.6, rounds }, inference);
    expect(model).toBe(network);
    const missed = refusals.find(({ code }) => code === 'target-missed')!;
    expect(missed.reason.replaceAll('\u00a0', ' ')).toMatch(/That saves (\d+\.\d) % \([\d.]+ % to [\d.]+ %\) here\./);
    const share = Number(/Ask for ([\d.]+) or less\.$/.exec(missed.reason)![1]);
    const met = await prune({ remove: share }, inference);
    expect(met.changes.length).toBeGreaterThan(0);
  }
  expect(sessions.open).toBe(0);
});

it('reports that nothing gets faster', async () => {
  const { inference } = machine(() => 1);
  const { model, refusals } = await prune({}, inference);
  expect(model).toBe(network);
  const { reason } = refusals.find(({ code }) => code === 'target-missed')!;
  expect(reason.replaceAll('\u00a0', ' ')).toMatch(
    /That is no faster here: 0\.0 % \(−0\.1 % to 0\.1 %\) less time\. Nothing was removed\.$/,
  );
});

it('reports a smaller share of the time than the target, by the whole interval', async () => {
  // The first turn of each narrower model is the only fast one: the least times are not what most runs take.
  const { inference } = machine((macs) => macs);
  let timed = 0;
  const jumpy: Pick<Inference, 'open'> = {
    async open(...given) {
      const session = await inference.open(...given);
      const isNarrower = macsOf(given[1]) < macsOf(network);
      return {
        ...session,
        time: async (runs) => (await session.time(runs)) * (isNarrower && timed++ % 7 > 0 ? 1.3 : 1),
      };
    },
  };
  const { refusals, changes } = await prune({}, jumpy as Inference);
  expect(changes.length).toBeGreaterThan(0);
  expect(refusals.map(({ code }) => code)).toContain('less-time');
  expect((await prune({}, inference)).refusals.map(({ code }) => code)).not.toContain('less-time');
});

it('says why nothing is timed', async () => {
  const reasonOf = async (...given: Parameters<typeof prune>) =>
    (await prune(...given)).refusals.find(({ code }) => code === 'not-timed')!.reason;
  const instead = 'so nothing was removed. Choose a share of the MACs instead.';
  expect(await reasonOf({})).toBe(`No runtime is available, ${instead}`);
  const { inference } = machine(() => 1);
  const without = async () => ({ ep: 'webgpu' as const, available: false, reason: 'Node has no WebGPU.' });
  expect(await reasonOf({ timedOn: 'webgpu' }, { ...inference, availability: without })).toBe(
    `Runs cannot be timed on WebGPU (Node has no WebGPU), ${instead}`,
  );
  const broken = { ...inference, open: () => Promise.reject(new Error('no memory')) };
  expect(await reasonOf({ rounds: 2 }, broken)).toBe(`The model does not run here (no memory), ${instead}`);
});

it('plans by MACs, and says that times are measured later', async () => {
  const plan = await pruneChannels.plan!(network, resolveOptions(pruneChannels, options), passContext());
  expect(1 - plan.macs.after! / plan.macs.before!).toBeGreaterThanOrEqual(0.3);
  expect(plan.assumption).toMatch(
    /^Run time is measured only when the pass runs\. This plan uses the same share of the MACs,/,
  );
  const beyond = await pruneChannels.plan!(
    network,
    resolveOptions(pruneChannels, { ...options, remove: 0.95 }),
    passContext(),
  );
  expect(beyond.assumption).toContain('the largest possible share of the MACs');
});
