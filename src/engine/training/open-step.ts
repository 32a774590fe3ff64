/** Selects the execution provider of the training steps: WASM, or WebGPU if every node of the step stays there. */
import { messageOf } from '../errors';
import { predictPlacements } from '../analysis/predict-placement';
import type { Feeds } from '../data/feeds';
import { endSentence } from '../format';
import type { Inference, OpenInference } from '../inference';
import { inferModel } from '../onnx/infer';
import type { StateVector, StepGraph } from './compile-step';

/** `fastest`: a few steps on both, if WebGPU can. */
export type TrainingProvider = 'wasm' | 'webgpu' | 'fastest';

export interface StepPlace {
  readonly provider: 'wasm' | 'webgpu';
  /** A sentence that explains why WASM was used instead of the requested provider, or how long a step took on both. */
  readonly reason?: string;
}

export interface OpenStep {
  readonly session: OpenInference;
  readonly place: StepPlace;
}

export interface StepTrial {
  readonly step: StepGraph;
  readonly asked: TrainingProvider;
  /** A step from the start, on samples whose loss WASM gave as `loss`. */
  readonly feeds: Feeds;
  readonly loss: number;
}

/** The largest relative difference of losses of two providers. Sums in another order round some values to the other side. */
const mostDifference = 0.05;
/** Both providers run this many steps in turns. The least time counts. */
const timedSteps = 3;

/**
 * Opens the session that keeps the state of the training. It uses WebGPU if that was requested, the device has it, no
 * node would leave it, and its loss equals that of WASM. Otherwise it uses WASM, and the place has the reason. The
 * session has the state of the trial steps, so the first run of the training feeds all of it. Rejects with the signal's
 * reason once aborted, and with the runtime's error for what WASM cannot run.
 */
export async function openStep(inference: Inference, signal: AbortSignal, trial: StepTrial): Promise<OpenStep> {
  const { step, asked } = trial;
  const open = (provider: 'wasm' | 'webgpu') =>
    inference.open(signal, step.model, { threads: 'device', provider, resident: residentState(step) });
  if (asked === 'wasm') return { session: await open('wasm'), place: { provider: 'wasm' } };
  const problem = (await whyNotThere(inference)) ?? whatLeaves(step);
  const gpu = problem ?? (await tried(open, trial, signal));
  if (typeof gpu === 'string') return { session: await open('wasm'), place: { provider: 'wasm', reason: gpu } };
  if (asked === 'webgpu') return { session: gpu, place: { provider: 'webgpu' } };
  try {
    return await faster(await open('wasm'), gpu, trial.feeds);
  } catch (error) {
    gpu.close();
    throw error;
  }
}

/** Every vector that a step takes and gives. */
function statesOf({ weights, moments, average }: StepGraph): readonly StateVector[] {
  return [weights, ...Object.values(moments), ...(average ? [average] : [])];
}

function residentState(step: StepGraph): ReadonlyMap<string, string> {
  return new Map(statesOf(step).map(({ output, input }) => [output, input]));
}

async function whyNotThere({ availability }: Inference): Promise<string | undefined> {
  if (availability === undefined) return 'This runtime has no WebGPU.';
  const { available, reason } = await availability('webgpu');
  return available ? undefined : reason;
}

/** Returns a sentence about nodes that leave WebGPU. Nodes whose placement was never measured count, because they may leave too. */
function whatLeaves({ model }: StepGraph): string | undefined {
  const { leaves, notMeasured, wrong = [], sentence } = predictPlacements(model, inferModel(model)).webgpu;
  return leaves.length + notMeasured.length + wrong.length === 0 ? undefined : sentence;
}

/** Runs a step on WebGPU, which also compiles its shaders. */
async function tried(
  open: (provider: 'webgpu') => Promise<OpenInference>,
  { step, feeds, loss }: StepTrial,
  signal: AbortSignal,
): Promise<OpenInference | string> {
  let session: OpenInference | undefined;
  try {
    session = await open('webgpu');
    const outputs = await session.run(feeds);
    const found = (outputs[step.loss]!.data as Float32Array)[0]!;
    if (Math.abs(found - loss) <= mostDifference * Math.abs(loss)) return session;
    session.close();
    return `WebGPU computes a loss of ${found}, but WASM ${loss}.`;
  } catch (error) {
    session?.close();
    signal.throwIfAborted();
    return `WebGPU could not run a step: ${endSentence(messageOf(error))}`;
  }
}

async function faster(wasm: OpenInference, webgpu: OpenInference, feeds: Feeds): Promise<OpenStep> {
  try {
    await wasm.run(feeds);
    const least = { wasm: Infinity, webgpu: Infinity };
    for (let turn = 0; turn < timedSteps; turn++) {
      least.wasm = Math.min(least.wasm, await timeOfStep(wasm));
      least.webgpu = Math.min(least.webgpu, await timeOfStep(webgpu));
    }
    const provider = least.webgpu < least.wasm ? 'webgpu' : 'wasm';
    const [session, other] = provider === 'webgpu' ? [webgpu, wasm] : [wasm, webgpu];
    other.close();
    const reason = `A step took ${least.wasm.toFixed(1)} ms on WASM and ${least.webgpu.toFixed(1)} ms on WebGPU.`;
    return { session, place: { provider, reason } };
  } catch (error) {
    wasm.close();
    throw error;
  }
}

/** Measures a step as the training calls it, with the worker's messages included. The inputs that were fed last stay in place. */
async function timeOfStep(session: OpenInference): Promise<number> {
  const started = performance.now();
  await session.run({});
  return performance.now() - started;
}
