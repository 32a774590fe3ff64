/** A model that writes: its speed by tokens in the cache, and its text beside the original's. Kept until another model is opened. */
import { createStore } from 'zustand/vanilla';
import { decoderOutputs, type DecoderOutputs } from '../../../engine/data/decoder/decoder-wiring';
import { isTokenizerName } from '../../../engine/data/readers/tokenizer-name';
import { originalId } from '../../../engine/metrics/cell';
import type { GenerationSpeed } from '../../../engine/metrics/writing/generation';
import type { ModelFiles, WrittenPiece } from '../../jobs/jobs';
import { dataFilesOf, filesOf, filesOfOriginal, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob } from '../jobs/job-runner';
import { waitingTokenizer } from '../data/waiting-files';
import { selectedModel } from '../recipe/selected-model';
import { announce } from '../window/app-store';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';

interface Writing {
  /** The files of the original that all of it is about. `undefined`: nothing was measured or written. */
  readonly original: ModelFiles | undefined;
  /** Speeds of the original and of the variant that was selected. */
  readonly speeds: readonly GenerationSpeed[];
  readonly pieces: readonly WrittenPiece[];
}

const nothing: Writing = { original: undefined, speeds: [], pieces: [] };
export const writingStore = createStore<Writing>(() => nothing);

/** Returns the writing of the open model. */
export function writingOf(writing: Writing): Writing {
  return writing.original === filesOf(originalFilesKey) ? writing : nothing;
}

function record(found: Partial<Writing>): void {
  writingStore.setState((before) => ({ ...writingOf(before), ...found, original: filesOf(originalFilesKey) }));
}

/** `null` if the model does not write. */
export function writingOutputs({ original }: Pick<WorkspaceState, 'original'>): DecoderOutputs | null {
  const outputs = original === null ? '' : decoderOutputs(original.inspection);
  return typeof outputs === 'string' ? null : outputs;
}

/** The tokenizer that was given with the texts or came with the model. */
export function tokenizerFile({ data }: Pick<WorkspaceState, 'data'>): File | null {
  const files = data === null ? [] : (dataFilesOf(data.evaluation.key) ?? []);
  return files.find(({ path }) => isTokenizerName(path))?.file ?? waitingTokenizer();
}

interface Chosen {
  readonly models: readonly { readonly id: string; readonly files: ModelFiles }[];
  readonly outputs: DecoderOutputs;
  /** The name of the variant beside the original. */
  readonly name: string | null;
}

async function chosenModels(): Promise<Chosen | null> {
  const outputs = writingOutputs(workspaceStore.getState());
  const model = outputs === null ? null : await selectedModel();
  if (outputs === null || model === null) return null;
  const original = { id: originalId, files: filesOfOriginal() };
  const { variant, files, name } = model;
  if (variant === null) return { models: [original], outputs, name: null };
  return { models: [original, { id: variant.id, files }], outputs, name };
}

const budgetMs = 20_000;

/** Time to the first token and tokens per second, of the original and the selected variant in turns. */
export async function measureSelectedWriting(): Promise<void> {
  const chosen = await chosenModels();
  if (chosen === null) return;
  const { threads, seed, evaluationProvider: ep } = workspaceStore.getState();
  const { models, outputs, name } = chosen;
  await runJob('measure-writing', name ?? 'the original', async (job) => {
    const asked = { models, outputs, ep, seed, budgetMs, threads: threads ?? undefined };
    record({ speeds: await currentJobs().benchmarks.generation(job, asked) });
    announce('Measured the generation speed.');
  });
}

/** The original and the selected variant write on from a prompt. */
export async function writeWithSelected(prompt: string, count: number): Promise<void> {
  const [chosen, tokenizer] = [await chosenModels(), tokenizerFile(workspaceStore.getState())];
  if (chosen === null || tokenizer === null) return;
  const { threads, evaluationProvider: ep } = workspaceStore.getState();
  const { models, outputs, name } = chosen;
  record({ pieces: [] });
  await runJob('write', name ?? 'the original', async (job) => {
    const asked = { models, outputs, ep, tokenizer, prompt, count, threads: threads ?? undefined };
    const pieces = await currentJobs().benchmarks.write({ ...job, onProgress: addPiece }, asked);
    record({ pieces });
    announce('The texts are generated.');
  });
}

function addPiece(piece: WrittenPiece): void {
  const { pieces } = writingStore.getState();
  const others = pieces.filter(({ variant }) => variant !== piece.variant);
  // The original stays first.
  record({ pieces: piece.variant === originalId ? [piece, ...others] : [...others, piece] });
}
