/** Compares the times of models: two sessions are open at once and run in turns. */
import type { Feeds } from '../data/feeds';
import type { Inference, InferenceOptions, OpenInference } from '../inference';
import { compareInTurns, type PairedComparison } from '../verdict/speed-verdict';
import type { Model } from '../onnx/graph';
import type { PassContext } from './pass';

/** The time of one turn. Shorter turns measure the clock rather than the model. */
const turnMs = 4;
const mostRunsPerTurn = 200;
/** A comparison takes about as long, by more blocks or fewer. */
const comparisonMs = 400;
const mostBlocks = 12;
const turnsPerBlock = 4;

/**
 * A new session is slow for a while: compilers optimize the code that runs often, in the runtime and around it, beside
 * the runs. A model that is timed too early seems slower than one that was opened earlier.
 */
const stretchMs = 50;
const mostWarmUpMs = 1500;
/** The first session warms the runtime's own code up for the others: Node and browsers compile it once for all that are open. */
const leastStretches = { first: 8, later: 4 };
/** The number of stretches in a row without a gain that ends the warm-up. */
const stretchesAlike = 3;
const alike = 0.97;

export interface TimedComparison extends PairedComparison {
  /** The ratio of the least times of both, which other work on the machine hardly stretches. It is steadier than `ratio`, without an interval. */
  readonly leastRatio: number;
}

export interface TimedOriginal {
  /**
   * Times another model against it, in at least so many blocks: six can tell a difference. Rejects with the signal's reason, and as runs do.
   */
  against(variant: Model, leastBlocks?: number): Promise<TimedComparison>;
  close(): void;
}

export interface TimedRequest {
  readonly original: Model;
  /** The inputs of all timed models. */
  readonly feeds: Feeds;
  /** The provider; WASM if absent. It always has one thread. */
  readonly provider?: InferenceOptions['provider'];
}

type Running = Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: Inference };

/** Opens the model that others are timed against. Must be closed. Rejects as `against` does. */
export async function openTimedOriginal(
  { original, feeds, provider = 'wasm' }: TimedRequest,
  { signal, inference, checkpoint }: Running,
): Promise<TimedOriginal> {
  const open = async (model: Model, which: keyof typeof leastStretches): Promise<Turns> => {
    const session = await inference.open(signal, model, { provider });
    return warmUp(session, { feeds, least: leastStretches[which], checkpoint });
  };
  const first = await open(original, 'first');
  return {
    async against(variant, leastBlocks = 6) {
      const second = await open(variant, 'later');
      try {
        const least = new Map([first, second].map((turns) => [turns, Infinity]));
        const timeOf = (turns: Turns) => async (runs: number) => {
          const ms = await turns.time(runs);
          least.set(turns, Math.min(least.get(turns)!, ms));
          // The job may be paused here.
          await checkpoint();
          return ms;
        };
        const runs = Math.max(1, Math.min(mostRunsPerTurn, Math.ceil(turnMs / Math.max(1e-3, first.runMs))));
        const affordable = Math.floor(comparisonMs / (turnsPerBlock * runs * Math.max(1e-3, first.runMs)));
        const blocks = Math.max(leastBlocks, Math.min(mostBlocks, affordable));
        const turns = { blocks, runs };
        const comparison = await compareInTurns(timeOf(first), timeOf(second), turns);
        return { ...comparison, leastRatio: least.get(first)! / least.get(second)! };
      } finally {
        second.close();
      }
    },
    close: () => first.close(),
  };
}

interface Turns {
  /** The approximate time of a run. */
  readonly runMs: number;
  /** The time of one run, in ms, from that many runs. */
  time(runs: number): Promise<number>;
  close(): void;
}

/** Warms up a new session, and closes it if that fails. */
async function warmUp(
  session: OpenInference,
  { feeds, least, checkpoint }: Pick<Running, 'checkpoint'> & { readonly feeds: Feeds; readonly least: number },
): Promise<Turns> {
  try {
    await session.run(feeds);
    let runMs = await session.time(1);
    let spentMs = runMs;
    let alikeInARow = 0;
    for (let done = 0; spentMs < mostWarmUpMs && (done < least || alikeInARow < stretchesAlike); done += 1) {
      const runs = Math.ceil(stretchMs / Math.max(1e-3, runMs));
      const ms = await session.time(runs);
      spentMs += ms;
      alikeInARow = ms / runs < alike * runMs ? 0 : alikeInARow + 1;
      runMs = Math.min(runMs, ms / runs);
      // The job may be paused here.
      await checkpoint();
    }
    return { runMs, time: async (runs) => (await session.time(runs)) / runs, close: () => session.close() };
  } catch (error) {
    session.close();
    throw error;
  }
}
