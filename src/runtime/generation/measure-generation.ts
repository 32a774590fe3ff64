/**
 * Measures how fast a model writes: the time to its first token, and tokens per second with a filled cache, in turns
 * with the original.
 */
import type { DecoderOutputs } from '../../engine/data/decoder/decoder-wiring';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import {
  usualCacheLengths,
  type GenerationPoint,
  type GenerationSpeed,
  type GenerationTimes,
} from '../../engine/metrics/writing/generation';
import { summarizeGeneration } from '../../engine/metrics/writing/summarize-generation';
import { median } from '../../engine/metrics/quantile';
import type { Progress } from '../../engine/progress';
import { createSeededRandom, type SeededRandom } from '../../engine/seeded-random';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import { leadRunsFor } from '../session/settle-session';
import { DecoderSession, mostTokens } from './decoder-session';

export interface GenerationRequest {
  /** The original first; the others are measured in turns with it. */
  readonly models: readonly { readonly id: string; readonly files: ModelFiles }[];
  /** Outputs of the original. */
  readonly outputs: DecoderOutputs;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  /** Tokens in the cache when a token is written. Absent: 0, 256 and 1,024, as far as the model has positions. */
  readonly cacheLengths?: readonly number[];
  readonly seed: number;
  /** Time of the runs of one model, in ms. A cache length is left out if reading so many tokens would exceed it. */
  readonly budgetMs: number;
}

/** The number of times that a prompt is read, if time allows. */
const mostPrompts = 5;
/** Tokens that are timed in one turn, and the most tokens before them, since a session is slower after a wait. */
const timedTokens = 4;
const mostLeadTokens = 4;
const tokensPerTurn = mostLeadTokens + timedTokens;
/** The most turns of each model. */
const mostTurns = 16;
/** Fewer turns do not show their spread. */
const fewestTurns = 6;
/** The number of ids for models that do not state it. */
const usualIds = 100;

/**
 * Measures at each cache length. A prompt of that length (a single token for length 0) is read into an empty cache a
 * few times. Then tokens are written after it, a few in each turn. All models take turns, so that background load
 * affects all. Rejects with the signal's reason once aborted, and as sessions do.
 */
export async function measureGeneration(
  signal: AbortSignal,
  host: SessionHost,
  request: GenerationRequest,
  onProgress: (progress: Progress) => void,
): Promise<readonly GenerationSpeed[]> {
  const { ep, threads, models, outputs } = request;
  const opened: DecoderSession[] = [];
  try {
    for (const { files } of models) {
      opened.push(await DecoderSession.open(signal, host, { files, ep, threads, outputs }));
    }
    const lengths = lengthsFor(request, opened);
    const random = createSeededRandom(request.seed);
    const times: GenerationTimes[][] = models.map(() => []);
    const budgetMs = request.budgetMs * models.length;
    let spentMs = 0;
    for (const [index, cacheLength] of lengths.entries()) {
      const before = times.map((own) => own.at(-1));
      if (spentMs + readingMs(before, cacheLength) > budgetMs) break;
      onProgress({ stage: `Writing after ${cacheLength} tokens`, done: index, total: lengths.length });
      const found = await measureLength(signal, opened, { shareMs: budgetMs / lengths.length, cacheLength, random });
      spentMs += found.spentMs;
      found.times.forEach((each, model) => times[model]!.push(each));
    }
    onProgress({ stage: 'Writing', done: lengths.length, total: lengths.length });
    return models.map(({ id }, model) => {
      const points: readonly GenerationPoint[] = times[model]!.map((own, index) =>
        summarizeGeneration(own, model === 0 ? undefined : times[0]![index]),
      );
      return { variant: id, ep, threads, generation: points };
    });
  } finally {
    for (const session of opened) session.close();
  }
}

/** Estimated time to read a prompt twice in each model, from the last one that was read. */
function readingMs(last: readonly (GenerationTimes | undefined)[], cacheLength: number): number {
  return last.reduce((sum, times) => {
    if (times === undefined) return sum;
    // A single token costs more than its share of many.
    const perToken = times.cacheLength === 0 ? 0 : median(times.promptMs) / times.promptTokens;
    return sum + 2 * perToken * cacheLength;
  }, 0);
}

/** Tokens that are written after the cache need positions too. */
function lengthsFor(
  { cacheLengths = usualCacheLengths }: GenerationRequest,
  sessions: readonly DecoderSession[],
): readonly number[] {
  const most = mostTokens(sessions);
  return cacheLengths.filter((length) => Math.max(1, length) + tokensPerTurn <= most);
}

async function measureLength(
  signal: AbortSignal,
  sessions: readonly DecoderSession[],
  { shareMs, cacheLength, random }: { shareMs: number; cacheLength: number; random: SeededRandom },
): Promise<{ readonly times: readonly GenerationTimes[]; readonly spentMs: number }> {
  const ids = Math.min(...sessions.map(({ inputs }) => inputs.tokens.idCount ?? usualIds));
  const token = (): number => Math.floor(random.next() * ids);
  const prompt = Array.from({ length: Math.max(1, cacheLength) }, token);
  const promptMs: number[][] = sessions.map(() => []);
  let spentMs = 0;
  // The first reading is cold: buffers are planned for the shape.
  for (let turn = -1; turn < mostPrompts; turn++) {
    for (const [index, session] of sessions.entries()) {
      signal.throwIfAborted();
      session.restart();
      const ms = await session.time(prompt);
      spentMs += ms;
      if (turn >= 0) promptMs[index]!.push(ms);
    }
    if (turn >= 0 && spentMs > shareMs / 2) break;
  }
  const most = mostTokens(sessions);
  const tokenMs: number[][] = sessions.map(() => []);
  const leadTokens = sessions.map(() => 0);
  for (let turn = -1; turn < mostTurns; turn++) {
    for (const [index, session] of inTurn(sessions, turn)) {
      signal.throwIfAborted();
      if (session.past + tokensPerTurn > most) {
        session.restart();
        spentMs += await session.time(prompt);
      }
      const lead = leadTokens[index]!;
      const timesMs = await session.timeEach(Array.from({ length: lead + timedTokens }, token));
      spentMs += timesMs.reduce((total, ms) => total + ms, 0);
      const timedMs = median(timesMs.slice(lead));
      if (turn >= 0) tokenMs[index]!.push(timedMs);
      else leadTokens[index] = Math.min(mostLeadTokens, leadRunsFor(timedMs));
    }
    if (turn + 1 >= fewestTurns && spentMs > shareMs) break;
  }
  const times = sessions.map((_, index) => ({
    cacheLength,
    promptTokens: prompt.length,
    promptMs: promptMs[index]!,
    tokenMs: tokenMs[index]!,
  }));
  return { times, spentMs };
}

/** Every second turn in the other order: original, variant, variant, original. */
function inTurn(sessions: readonly DecoderSession[], turn: number): readonly (readonly [number, DecoderSession])[] {
  const entries = [...sessions.entries()];
  return turn % 2 === 0 ? entries : entries.toReversed();
}
