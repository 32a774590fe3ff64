/** Tries one input in two models. It is no job: the latest input replaces the one before, and a measurement comes first. */
import type { InputDescription } from '../../../engine/data/feeds';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { endingsOf } from '../../../engine/metrics/output-kind';
import { isParetoError } from '../../../engine/errors';
import type { DroppedDataFile, TriedAnswers, TryOutRequest } from '../../jobs/jobs';
import { dataFilesOf, filesOf, originalFilesKey } from '../../platform/file-registry';
import { remakeVariant } from '../recipe/optimize-actions';
import { tokenizerFile } from './writing';
import { currentJobs } from '../jobs/job-runner';
import { selectVariantById } from '../workspace/selectors';
import { originalId, workspaceStore } from '../workspace/workspace-store';
import { modelInterface, sha256OfRow } from '../data/data-selectors';

/** The kinds of input that a person can give a model by hand. */
export type TriedKind = 'picture' | 'text' | 'sound';

/**
 * What a person can give the model: as the mapping of the data says, else pictures for inputs of their shape. Empty for
 * models of tables and arrays, whose rows come from files.
 */
export function triedKinds(
  inputs: readonly Pick<InputDescription, 'name' | 'shape'>[],
  mapping: DataMapping | undefined,
): readonly TriedKind[] {
  const inputKinds = Object.values(mapping?.inputs ?? {}).flatMap((input) => Object.keys(input));
  if (inputKinds.includes('image')) return ['picture'];
  if (inputKinds.includes('sound')) return ['sound'];
  if (inputKinds.includes('text')) return ['text'];
  if (inputs.some(({ name }) => /input_ids/.test(name))) return ['text'];
  return inputs.some(({ shape }) => shape?.length === 4) ? ['picture'] : [];
}

/** Runs `file` in the models of both rows. Rejects with a sentence; `null` if a model's file is not at hand. */
export async function tryInput(
  signal: AbortSignal,
  file: File,
  rows: readonly [string, string],
): Promise<TriedAnswers | null> {
  const request = await requestOf(rows);
  if (request === null) return null;
  return currentJobs().data.tryOut({ signal }, inputFiles(file, tokenizerFile(workspaceStore.getState())), request);
}

/** An input as the data that it is read as: a text with its tokenizer. */
export function inputFiles(file: File, tokenizer: File | null): readonly DroppedDataFile[] {
  const files = [{ path: file.name, file }];
  return tokenizer !== null && file.name.endsWith('.txt')
    ? [...files, { path: tokenizer.name, file: tokenizer }]
    : files;
}

/** Runs a sample of the data in the original and a variant. Rejects with a sentence; `null` if a file is not at hand. */
export async function trySample(signal: AbortSignal, index: number, variant: string): Promise<TriedAnswers | null> {
  const { data } = workspaceStore.getState();
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  const request = files && (await requestOf([originalId, variant]));
  return request ? currentJobs().data.tryOut({ signal }, files, { ...request, index }) : null;
}

async function requestOf(rows: readonly [string, string]): Promise<TryOutRequest | null> {
  for (const id of rows) {
    const variant = id === originalId ? null : selectVariantById(workspaceStore.getState(), id);
    if (variant !== null && !(await remakeVariant(variant))) return null;
  }
  return requestFor(rows);
}

function requestFor(ids: readonly string[]): TryOutRequest | null {
  const state = workspaceStore.getState();
  const { original, data, freeDimensions, threads, device } = state;
  if (original === null) return null;
  const models = ids.flatMap((id) => {
    const files = filesOf(selectVariantById(state, id)?.filesKey ?? originalFilesKey);
    return files === undefined ? [] : [{ id, files, sha256: sha256OfRow(state, id) }];
  });
  if (models.length !== ids.length) return null;
  const classNames = data?.mapping.labels?.classes ?? data?.evaluation.classNames;
  return {
    models,
    model: modelInterface(original),
    ...(data && { mapping: data.mapping }),
    ...(classNames && { classNames }),
    endings: endingsOf(original.inspection.outputs),
    ep: 'wasm',
    threads: threads ?? device?.threads ?? 1,
    freeDimensions,
  };
}

/** A text as the file that the reader of texts takes: one line is one text. */
export function fileOfText(text: string): File {
  return new File([text.replaceAll(/\s*\n\s*/g, ' ')], 'text.txt', { type: 'text/plain' });
}

/** Records sound for so many seconds from the microphone, as a WAV file of 16 bits in its own sample rate. */
export async function recordSound(signal: AbortSignal, seconds = 2): Promise<File> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  try {
    const recorder = new MediaRecorder(stream);
    const pieces: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
    const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    recorder.start();
    const stop = (): void => recorder.stop();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, seconds * 1000);
    await ended;
    clearTimeout(timer);
    signal.throwIfAborted();
    const context = new AudioContext();
    const sound = await context.decodeAudioData(await new Blob(pieces).arrayBuffer());
    await context.close();
    return new File([wavOf(sound.getChannelData(0), sound.sampleRate)], 'recording.wav', { type: 'audio/wav' });
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** A mono WAV file of 16-bit samples (RIFF, format 1). */
export function wavOf(samples: Float32Array, sampleRateHz: number): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, index) => bytes.setUint8(at + index, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, sampleRateHz, true);
  bytes.setUint32(28, 2 * sampleRateHz, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => bytes.setInt16(44 + 2 * index, 32_767 * Math.min(1, Math.max(-1, sample)), true));
  return bytes.buffer;
}

/** A still of a running camera, as a PNG file. */
async function stillOf(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], 'camera.png', { type: 'image/png' });
}

/**
 * Runs the camera in `video` and gives stills to `take`, one after the other, while `take` asks for more. Ends when the
 * signal aborts.
 */
export async function followCamera(
  signal: AbortSignal,
  video: HTMLVideoElement,
  take: (still: File) => Promise<boolean>,
): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  signal.addEventListener('abort', () => stream.getTracks().forEach((track) => track.stop()), { once: true });
  signal.throwIfAborted();
  Object.assign(video, { srcObject: stream });
  await video.play();
  while (!signal.aborted && (await take(await stillOf(video)))) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The sentence for a device that a person refused or that is missing. */
export function describeDeviceProblem(error: unknown, device: 'camera' | 'microphone'): string {
  if (isParetoError(error)) return error.message;
  const isRefused = error instanceof DOMException && error.name === 'NotAllowedError';
  return isRefused
    ? `The browser does not allow the ${device}. Allow it, or choose a file.`
    : `No ${device} was found. Choose a file.`;
}
