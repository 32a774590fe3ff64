/** A folder of several parts in the shell: inspected, optimized by the recipes of its parts, and compared with its original. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import type { Model } from '../../src/engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';
import { encoder, encoderDecoder } from '../../src/engine/onnx/testing/encoder-decoder';
import { lettersTokenizer } from '../testing/letters-tokenizer';
import { runHere } from '../testing/run-here';

let root = '';
const write = (path: string, built: Model) => writeFileSync(join(root, path), joinParts(encodeModel(built)));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pareto-parts-'));
  mkdirSync(join(root, 'names/onnx'), { recursive: true });
  write('names/onnx/encoder_model.onnx', encoder());
  write('names/onnx/decoder_model.onnx', encoderDecoder());
  write('names/onnx/decoder_model_fp16.onnx', encoderDecoder());
  writeFileSync(join(root, 'names/tokenizer.json'), JSON.stringify(lettersTokenizer));
  writeFileSync(join(root, 'names/config.json'), '{ "decoder_start_token_id": 1, "eos_token_id": 0 }');
  const names = ['omar', 'layla', 'yusuf', 'zaynab', 'khalid', 'nur', 'ibrahim', 'safiya'];
  writeFileSync(join(root, 'names.jsonl'), names.map((text) => JSON.stringify({ text })).join('\n'));
  mkdirSync(join(root, 'chain'));
  const [x, a, y] = ['x', 'a', 'y'].map((name) => valueInfo(name, ['batch', 8]));
  const weight = floatTensor(
    'w',
    [8, 8],
    Float32Array.from({ length: 64 }, (_, index) => Math.sin(index)),
  );
  const layer = (from: typeof x, to: typeof x) =>
    model(
      graph({
        nodes: [node('MatMul', [from!.name!, 'w'], [to!.name!])],
        initializers: [weight],
        inputs: [from!],
        outputs: [to!],
      }),
    );
  write('chain/head.onnx', layer(a, y));
  write('chain/body.onnx', layer(x, a));
  writeFileSync(join(root, 'chain/config.ini'), '[model]\n');
  writeFileSync(
    join(root, 'x.csv'),
    `${Array.from('01234567', (n) => `c${n}`).join(',')}\n1,2,3,4,5,6,7,8\n3,1,4,1,5,9,2,6\n`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function json<Document>(...given: readonly string[]): Promise<Document> {
  const { status, stdout, stderr } = await runHere(root, ...given, '--json');
  expect([status, stderr]).toEqual([0, expect.anything()]);
  return JSON.parse(stdout) as Document;
}

const texts = ['--data', 'names.jsonl', '--threads', '1', '--generate', '6'];

interface Optimized {
  readonly parts: readonly {
    readonly name: string;
    readonly passes: readonly { readonly id: string; readonly details?: object }[];
    readonly sizeBytes: { readonly original: number; readonly variant: number };
    readonly outputMatch: { readonly sqnrDb: number } | null;
  }[];
  readonly copied: readonly string[];
}

describe('an encoder with its decoder', () => {
  it('is inspected part by part', async () => {
    const { status, stdout } = await runHere(root, 'inspect', 'names');
    expect(status).toBe(0);
    expect(stdout).toContain('encoder_model reads, and decoder_model writes a sequence token by token.');
    expect(stdout).toMatch(/decoder_model +onnx\/decoder_model\.onnx +[\d.]+\skB/u);
    expect(await json('inspect', 'names')).toMatchObject({
      parts: [{ name: 'encoder_model', macs: expect.any(Number) as number }, { name: 'decoder_model' }],
      precisions: ['onnx/decoder_model_fp16.onnx'],
      beside: ['config.json', 'tokenizer.json'],
    });
  });

  it('is optimized by a recipe for each part, calibrated with original outputs, and compared by whole sequences', async () => {
    const bits = ['--pass', 'quantize-weights', '--set', 'keepEnds=false'];
    const given = ['--pass', 'simplify', '--part', 'decoder_model', ...bits, '--data', 'names.jsonl', '--samples', '4'];
    const { parts, copied } = await json<Optimized>('optimize', 'names', ...given, '-o', 'small');
    expect(parts.map(({ name, passes }) => [name, passes.map(({ id }) => id)])).toEqual([
      ['encoder_model', ['simplify']],
      ['decoder_model', ['simplify', 'quantize-weights']],
    ]);
    const [other, decoder] = parts;
    expect(decoder!.sizeBytes.variant).toBeLessThan(decoder!.sizeBytes.original / 2);
    expect(statSync(join(root, 'small/onnx/decoder_model.onnx')).size).toBe(decoder!.sizeBytes.variant);
    expect(JSON.stringify(decoder!.passes[1])).toContain('GPTQ');
    expect(other!.outputMatch).toMatchObject({ identical: true });
    expect(copied).toEqual(['config.json', 'tokenizer.json']);
    expect(readdirSync(join(root, 'small/onnx')).toSorted()).toEqual(['decoder_model.onnx', 'encoder_model.onnx']);
    const found = await json<{ metrics: { sequenceAgreement: { value: number; interval: number[] } } }>(
      'evaluate',
      ...['small', '--against', 'names', ...texts],
    );
    expect(found).toMatchObject({ samples: 8, skipped: 0, model: { name: 'small', parts: [{}, {}] } });
    const { value, interval } = found.metrics.sequenceAgreement;
    expect(interval[0]).toBeLessThanOrEqual(value);
  });

  it('shows the first difference of a sequence', async () => {
    mkdirSync(join(root, 'other/onnx'), { recursive: true });
    write('other/onnx/encoder_model.onnx', encoder());
    const changed = encoderDecoder();
    const initializers = changed.graph!.initializers.map((tensor) =>
      tensor.name === 'head'
        ? {
            ...floatTensor(
              'head',
              [64, 32],
              Float32Array.from({ length: 2048 }, (_, i) => Math.cos(i)),
            ),
          }
        : tensor,
    );
    write('other/onnx/decoder_model.onnx', { ...changed, graph: { ...changed.graph!, initializers } });
    const { stdout } = await runHere(
      root,
      'evaluate',
      'other',
      '--against',
      'names',
      ...texts,
      '--tokenizer',
      'names/tokenizer.json',
    );
    expect(stdout).toMatch(/differs +from token +original +variant\n.*names\.jsonl.* +\d/u);
  });
});

describe('parts one after the other', () => {
  it('are optimized together, and compared by the outputs of the whole', async () => {
    const { parts, copied } = await json<Optimized>('optimize', 'chain', '--pass', 'convert-float16', '-o', 'half');
    expect(parts.map(({ name }) => name)).toEqual(['body', 'head']);
    expect(copied).toEqual(['config.ini']);
    const found = await json('evaluate', 'half', '--against', 'chain', '--data', 'x.csv');
    expect(found).toMatchObject({
      samples: 2,
      outputMatch: { identical: false, valid: true, outputs: [{ name: 'y' }] },
    });
  });

  it('are copied if no recipe is theirs', async () => {
    const { parts } = await json<Optimized>(
      'optimize',
      'chain',
      '--part',
      'head',
      '--pass',
      'convert-float16',
      '-o',
      'one',
    );
    expect(parts[0]).toMatchObject({ name: 'body', passes: [], outputMatch: null });
  });
});

it('takes models that are no parts of one, and says why they cannot be run together', async () => {
  mkdirSync(join(root, 'unrelated'));
  for (const name of ['first', 'second']) write(`unrelated/${name}.onnx`, encoder());
  const { status, stdout } = await runHere(root, 'inspect', 'unrelated');
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /in 2 parts\. The parts cannot be run together\. .*"last_hidden_state"\. To use one of them alone, name its file\./,
  );
  const optimized = async (folder: string, part: string) =>
    (await runHere(root, 'optimize', folder, '--part', part, '--pass', 'simplify', '-o', `${folder}-small`)).stdout;
  expect(await optimized('unrelated', 'first')).not.toContain('pareto evaluate');
  expect(await optimized('chain', 'head')).toContain('pareto evaluate chain-small --against <original folder>');
});

describe('refuses', () => {
  const optimize = ['optimize', 'names', '-o', 'refused'];
  it.each([
    [
      'a part that no longer fits the others',
      [...optimize, '--pass', 'fix-dimensions', '--set', 'dimensions=batch=1'],
      1,
      /no longer fits the other parts/,
    ],
    [
      'a part that is not there',
      [...optimize, '--part', 'head', '--pass', 'simplify'],
      2,
      /no part “head”\. It has encoder_model and decoder_model/,
    ],
    ['a part without a pass', [...optimize, '--pass', 'simplify', '--part', 'decoder_model'], 2, /No pass follows/],
    ['no recipe', optimize, 2, /No pass given/],
    ['one file for several parts', ['optimize', 'names', '-o', 'x.onnx', '--pass', 'simplify'], 2, /new folder/],
    ['options of one model', [...optimize, '--pass', 'simplify', '--dim', 'batch=1'], 2, /--dim is for one model/],
    [
      'tokens without data',
      [...optimize, '--pass', 'simplify', '--start', '1'],
      2,
      /--start describes how data is used/,
    ],
    [
      'parts of one model',
      ['optimize', 'names/onnx/encoder_model.onnx', '-o', 'x.onnx', '--part', 'a=b', '--pass', 'simplify'],
      2,
      /for a folder/,
    ],
    ['a folder alone', ['evaluate', 'names', ...texts], 2, /Name that folder with --against/],
    [
      'another model',
      ['evaluate', 'names', '--against', 'names/onnx/decoder_model.onnx', ...texts],
      2,
      /no folder of several parts/,
    ],
    ['other parts', ['evaluate', 'chain', '--against', 'names', ...texts], 1, /different parts: body and head/],
    [
      'a start that is no token',
      ['evaluate', 'names', '--against', 'names', ...texts, '--start', 'x'],
      2,
      /--start must be/,
    ],
    [
      'ends that are no tokens',
      ['evaluate', 'names', '--against', 'names', ...texts, '--end', '1,x'],
      2,
      /--end must be/,
    ],
    [
      'tokens of a chain',
      ['evaluate', 'chain', '--against', 'chain', '--data', 'x.csv', '--start', '1'],
      2,
      /--start is for an encoder/,
    ],
  ])('%s', async (_, given, status, message) => {
    const ran = await runHere(root, ...given);
    expect([ran.status, ran.stderr.trim().split('\n').at(-1)]).toEqual([status, expect.stringMatching(message)]);
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });

  it('damaged folders, each with a sentence', async () => {
    const broken = join(root, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'encoder.onnx'), 'no model');
    write('broken/decoder.onnx', encoderDecoder());
    const { stderr } = await runHere(root, 'optimize', 'broken', '--pass', 'simplify', '-o', 'refused');
    expect(stderr).toMatch(/encoder\.onnx/);
    write('broken/encoder.onnx', encoder());
    const evaluate = () =>
      runHere(root, 'evaluate', 'broken', '--against', 'broken', ...texts, '--tokenizer', 'names/tokenizer.json');
    expect((await evaluate()).stderr).toMatch(/names decoder_start_token_id\. Name the token .* with --start/);
    writeFileSync(join(broken, 'config.json'), '[]');
    expect((await evaluate()).stderr).toMatch(/config\.json is not a JSON object/);
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });
});
