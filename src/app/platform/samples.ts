/** The sample models that come with the application, served from its own origin. */
import * as v from 'valibot';
import { ParetoError } from '../../engine/errors';
import type { Progress } from '../../engine/progress';

/** A plain file name beside samples.json: no way out of the folder. */
const ownFile = v.pipe(v.string(), v.regex(/^[\w.-]+$/));

const dataFileSchema = v.object({ file: ownFile, sizeBytes: v.number(), samples: v.number() });

const sampleSchema = v.object({
  id: v.string(),
  title: v.string(),
  description: v.string(),
  file: ownFile,
  sizeBytes: v.number(),
  license: v.string(),
  source: v.string(),
  freeDimensions: v.record(v.string(), v.number()),
  data: v.optional(
    v.object({
      title: v.string(),
      license: v.string(),
      classNames: v.optional(v.array(v.string())),
      calibration: dataFileSchema,
      evaluation: dataFileSchema,
      /** Reads the texts of both. */
      tokenizer: v.optional(v.object({ file: ownFile, sizeBytes: v.number() })),
    }),
  ),
});

export type Sample = v.InferOutput<typeof sampleSchema>;

export interface SampleData {
  readonly evaluation: readonly File[];
  readonly calibration: readonly File[];
  readonly classNames?: readonly string[];
}

const listSchema = v.object({ samples: v.array(sampleSchema) });

function addressOf(file: string): URL {
  return new URL(`samples/${file}`, document.baseURI);
}

async function fetchOwn(file: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(addressOf(file), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ParetoError('samples/unreachable', `${file} could not be loaded. Check the connection and try again.`, {
      cause: error,
    });
  }
  if (!response.ok) {
    throw new ParetoError('samples/missing', `${file} is not on this server (status ${response.status}).`);
  }
  return response;
}

export async function listSamples(signal: AbortSignal): Promise<readonly Sample[]> {
  const response = await fetchOwn('samples.json', signal);
  return v.parse(listSchema, await response.json()).samples;
}

/** Downloads a sample from this origin, and reports progress. */
export function loadSample(
  signal: AbortSignal,
  sample: Sample,
  onProgress: (progress: Progress) => void,
): Promise<File> {
  return load(signal, sample, onProgress);
}

/** Downloads the data that a sample comes with; `null` for one without. */
export async function loadSampleData(
  signal: AbortSignal,
  { data }: Sample,
  onProgress: (progress: Progress) => void,
): Promise<SampleData | null> {
  if (data === undefined) return null;
  const evaluation = await load(signal, data.evaluation, onProgress);
  const calibration = await load(signal, data.calibration, onProgress);
  const tokenizer = data.tokenizer ? [await load(signal, data.tokenizer, onProgress)] : [];
  return {
    evaluation: [evaluation, ...tokenizer],
    calibration: [calibration, ...tokenizer],
    classNames: data.classNames,
  };
}

async function load(
  signal: AbortSignal,
  sample: Pick<Sample, 'file' | 'sizeBytes'>,
  onProgress: (progress: Progress) => void,
): Promise<File> {
  const response = await fetchOwn(sample.file, signal);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  if (response.body !== null) {
    const reader = response.body.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      parts.push(chunk.value);
      done += chunk.value.byteLength;
      onProgress({ stage: 'loading', done: Math.min(done, sample.sizeBytes), total: sample.sizeBytes });
    }
  }
  return new File(parts, sample.file);
}
