import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { runHere } from '../cli/testing/run-here.ts';
import { runModelInNode } from '../src/runtime/testing/run-model.ts';

interface ShippedFile {
  file: string;
  sizeBytes: number;
  sha256: string;
}

interface Count {
  correct: number;
  total: number;
}

interface TextData {
  license: string;
  calibration: ShippedFile & { samples: number };
  evaluation: ShippedFile & { samples: number };
  tokenizer: ShippedFile;
  recorded: { perplexity: number; tokens: number; trainedWith: string };
}

interface LabeledData {
  license: string;
  classNames: string[];
  calibration: ShippedFile & { samples: number };
  evaluation: ShippedFile & { samples: number };
  recorded: { evaluationTop1: Count; testTop1: Count; trainedWith: string };
}

interface Sample extends ShippedFile {
  id: string;
  license: string;
  data?: LabeledData | TextData;
}

interface NpyArray {
  descr: string;
  dims: number[];
  bytes: Uint8Array<ArrayBuffer>;
}

const folder = new URL('../public/samples/', import.meta.url);
const { samples } = JSON.parse(readFileSync(new URL('samples.json', folder), 'utf8')) as { samples: Sample[] };
const withData = samples.flatMap(({ data, ...sample }) => (data === undefined ? [] : [{ ...sample, data }]));
const trained = withData.flatMap(({ data, ...sample }) => ('classNames' in data ? [{ ...sample, data }] : []));
const [writer] = withData.flatMap(({ data, ...sample }) => ('tokenizer' in data ? [{ ...sample, data }] : []));
const shippedFiles = [
  ...new Map(
    [
      ...samples,
      ...withData.flatMap(({ data }) => [
        data.calibration,
        data.evaluation,
        ...('tokenizer' in data ? [data.tokenizer] : []),
      ]),
    ].map((entry) => [entry.file, entry]),
  ).values(),
];

/** Enough of .npy (version 1, C order) for the files that publish.py writes. */
function parseNpy(bytes: Uint8Array): NpyArray {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + headerLength));
  const fields = /'descr': '(.+?)', 'fortran_order': False, 'shape': \((.*?),?\)/.exec(header);
  if (fields === null) throw new Error(`Not a plain .npy header: ${header}`);
  return {
    descr: fields[1] ?? '',
    dims: (fields[2] ?? '').split(',').map(Number),
    bytes: bytes.slice(10 + headerLength),
  };
}

/** The array named like the model's input, and the labels. */
function readSamples(file: string) {
  const arrays = Object.entries(unzipSync(readFileSync(new URL(file, folder)))).map(
    ([name, bytes]) => [name.replace(/\.npy$/, ''), parseNpy(bytes)] as const,
  );
  const labels = arrays.find(([name]) => name === 'labels')?.[1];
  const input = arrays.find(([name]) => name !== 'labels');
  if (labels === undefined || input === undefined || arrays.length !== 2) {
    throw new Error(`${file} should hold an input and its labels`);
  }
  return {
    inputName: input[0],
    input: input[1],
    labelType: labels.descr,
    labels: Array.from(new BigInt64Array(labels.bytes.buffer), Number),
  };
}

/** Each row of an array as text, to compare rows by their whole content. */
function rowsOf({ dims, bytes }: NpyArray): string[] {
  const size = bytes.length / (dims[0] ?? 1);
  return Array.from({ length: dims[0] ?? 0 }, (_, row) =>
    Buffer.from(bytes.subarray(row * size, (row + 1) * size)).toString('latin1'),
  );
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

describe('files of the samples', () => {
  it.each(shippedFiles)('$file matches its entry', ({ file, sizeBytes, sha256 }) => {
    const bytes = readFileSync(new URL(file, folder));
    expect(bytes.length).toBe(sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('lists every model and data file that is shipped, and each stands in the notice', () => {
    const shipped = readdirSync(fileURLToPath(folder)).filter((name) =>
      /\.(onnx|npz|jsonl)$|tokenizer\.json$/.test(name),
    );
    const notice = readFileSync(new URL('NOTICE.md', folder), 'utf8');
    expect(shippedFiles.map(({ file }) => file).toSorted()).toEqual(shipped.toSorted());
    for (const file of shipped) expect(notice).toContain(`\`${file}\``);
  });

  it('has the text of every license it names', () => {
    const titles: Record<string, string> = {
      'Apache-2.0': 'Apache License',
      'BSD-3-Clause': 'Redistribution and use',
      MIT: 'Permission is hereby granted',
    };
    const files = readdirSync(new URL('licenses/', folder));
    const notice = readFileSync(new URL('NOTICE.md', folder), 'utf8');
    for (const license of new Set([...samples, ...withData.map(({ data }) => data)].map((entry) => entry.license))) {
      const texts = files.filter((file) => file.endsWith(`${license}.txt`));
      expect(texts, license).not.toHaveLength(0);
      for (const file of texts) {
        expect(readFileSync(new URL(`licenses/${file}`, folder), 'utf8')).toContain(titles[license]);
        expect(notice).toContain(`licenses/${file}`);
      }
    }
  });

  it('stays small enough to clone', () => {
    expect(shippedFiles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(20_000_000);
  });

  it('points only at files of the checkout or at addresses', () => {
    const { samples: listed } = JSON.parse(readFileSync(new URL('samples.json', folder), 'utf8')) as {
      samples: { source: string }[];
    };
    for (const { source } of listed) {
      expect(source.startsWith('https://') || existsSync(new URL(`../${source}`, import.meta.url)), source).toBe(true);
    }
  });
});

describe('data of the trained samples', () => {
  it('comes with the four models that open first', () => {
    const ids = ['fashion-cnn', 'fashion-transformer', 'fashion-lstm', 'digits-mlp'];
    expect(trained.map(({ id }) => id)).toEqual(ids);
    expect(samples.slice(0, ids.length).map(({ id }) => id)).toEqual(ids);
  });

  it.each(trained)('$id: bytes for its input and a label for each, in both files', ({ data }) => {
    for (const { file, samples: count } of [data.calibration, data.evaluation]) {
      const { input, labels, labelType } = readSamples(file);
      expect(input.descr).toBe('|u1');
      expect(labelType).toBe('<i8');
      expect(input.dims[0]).toBe(count);
      expect(labels).toHaveLength(count);
      expect([...new Set(labels)].toSorted((a, b) => a - b)).toEqual(data.classNames.map((_, label) => label));
    }
  });

  it.each(trained)('$id: no sample both calibrates and evaluates', ({ data }) => {
    const calibration = new Set(rowsOf(readSamples(data.calibration.file).input));
    const shared = rowsOf(readSamples(data.evaluation.file).input).filter((row) => calibration.has(row));
    expect(shared).toEqual([]);
  });

  it.each(trained)('$id: the recorded counts are those of the training script', ({ id, data }) => {
    const recorded = JSON.parse(
      readFileSync(new URL('../tools/samples/recorded.json', import.meta.url), 'utf8'),
    ) as Record<string, LabeledData['recorded']>;
    const { evaluationTop1, testTop1, trainedWith } = data.recorded;
    expect(recorded[id]).toMatchObject({ evaluationTop1, testTop1, trainedWith });
    expect(evaluationTop1.total).toBe(data.evaluation.samples);
    expect(testTop1.total).toBeGreaterThanOrEqual(evaluationTop1.total);
    for (const { correct, total } of [evaluationTop1, testTop1]) {
      expect(Number.isInteger(correct) && correct > 0 && correct <= total).toBe(true);
    }
    expect(trainedWith).toMatch(/^torch \d+\.\d+\.\d+$/);
  });

  it.each(trained)(
    '$id: onnxruntime-web gives exactly the recorded number of right answers',
    async ({ file, data }) => {
      const model = readFileSync(new URL(file, folder));
      const { inputName, input, labels } = readSamples(data.evaluation.file);
      const feeds = { [inputName]: { dtype: 'float32', dims: input.dims, data: Float32Array.from(input.bytes) } };
      const { logits } = await runModelInNode(model, feeds);
      expect(logits?.dims).toEqual([labels.length, data.classNames.length]);
      const values = logits?.data as Float32Array;
      const width = data.classNames.length;
      const correct = labels.filter((label, row) => argMax(values.subarray(row * width, (row + 1) * width)) === label);
      expect({ correct: correct.length, total: labels.length }).toEqual(data.recorded.evaluationTop1);
    },
    60_000,
  );
});

describe('the sample that writes', () => {
  const textsOf = ({ file }: ShippedFile): string[] =>
    readFileSync(new URL(file, folder), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text);

  it('has texts to calibrate and others to evaluate', () => {
    const { calibration, evaluation } = writer!.data;
    const [before, held] = [calibration, evaluation].map(textsOf);
    expect([before!.length, held!.length]).toEqual([calibration.samples, evaluation.samples]);
    expect(held!.filter((text) => before!.includes(text))).toEqual([]);
  });

  it('has the perplexity that was recorded', async () => {
    const pathOf = ({ file }: { file: string }): string => fileURLToPath(new URL(file, folder));
    const { evaluation, tokenizer, recorded } = writer!.data;
    const texts = ['--data', pathOf(evaluation), '--tokenizer', pathOf(tokenizer), '--length', '128'];
    const { stdout } = await runHere('.', 'evaluate', pathOf(writer!), ...texts, '--threads', '1', '--json');
    const { metrics } = JSON.parse(stdout) as { metrics: { perplexity: { value: number; tokens: number } } };
    expect(metrics.perplexity.tokens).toBe(recorded.tokens);
    expect(metrics.perplexity.value / recorded.perplexity).toBeCloseTo(1, 4);
  }, 60_000);
});
