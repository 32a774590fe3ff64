import { describe, expect, it } from 'vitest';
import { describeHubFolder, findHubFolder, type FolderFile, type HubFolder } from './hub-folder';

const filesOf = (sizes: Readonly<Record<string, number>>): readonly FolderFile[] =>
  Object.entries(sizes).map(([path, sizeBytes]) => ({ path, sizeBytes }));

/** The description with plain spaces. */
const told = (folder: HubFolder): string => describeHubFolder(folder).join(' ').replaceAll('\u00a0', ' ');

const encoder = {
  'MiniLM/config.json': 600,
  'MiniLM/tokenizer.json': 500_000,
  'MiniLM/tokenizer_config.json': 300,
  'MiniLM/vocab.txt': 200_000,
  'MiniLM/README.md': 1000,
  'MiniLM/model.safetensors': 90_000_000,
  'MiniLM/1_Pooling/config.json': 200,
  'MiniLM/onnx/model_quantized.onnx': 23_000_000,
  'MiniLM/onnx/model_fp16.onnx': 45_000_000,
  'MiniLM/onnx/model.onnx': 90_000_000,
  'MiniLM/onnx/model_qint8_avx512_vnni.onnx': 23_000_000,
  'MiniLM/onnx/model_O2.onnx': 89_000_000,
};

describe('a folder of Hugging Face', () => {
  it('opens the float model and lists its other precisions and companion files', () => {
    const folder = findHubFolder(filesOf(encoder))!;
    expect(folder).toMatchObject({ root: 'MiniLM/', config: 'MiniLM/config.json', tokenizer: 'MiniLM/tokenizer.json' });
    expect(folder.model).toMatchObject({ path: 'MiniLM/onnx/model.onnx', part: 'model', suffix: '' });
    expect(folder.models.map(({ suffix }) => suffix)).toEqual(['', '_fp16', '_O2', '_qint8_avx512_vnni', '_quantized']);
    expect(folder.beside.map(({ path }) => path.slice('MiniLM/'.length))).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
      'README.md',
    ]);
    expect(told(folder)).toBe(
      'onnx/model.onnx (90.0 MB) is the model. Other precisions of it: onnx/model_fp16.onnx (45.0 MB), onnx/model_O2.onnx (89.0 MB), onnx/model_qint8_avx512_vnni.onnx (23.0 MB) and onnx/model_quantized.onnx (23.0 MB). tokenizer.json converts texts to tokens.',
    );
  });

  it('counts data files to the model that they are named after', () => {
    const sizes = {
      'config.json': 1,
      'onnx/model.onnx': 10,
      'onnx/model.onnx_data': 100,
      'onnx/model.onnx_data_1': 30,
    };
    const { model } = findHubFolder(filesOf(sizes))!;
    expect([model.sizeBytes, model.data.length]).toEqual([140, 2]);
  });

  it('of several parts opens the largest, unless one is called model', () => {
    const parts = { 'onnx/encoder_model.onnx': 10, 'onnx/decoder_model_merged.onnx': 20, 'config.json': 1 };
    const folder = findHubFolder(filesOf({ ...parts, 'onnx/decoder_model_merged_q4.onnx': 90 }))!;
    expect(folder.model.path).toBe('onnx/decoder_model_merged.onnx');
    expect(told(folder)).toContain(' Other parts: onnx/encoder_model.onnx (10 bytes). To open one, name its file.');
    expect(findHubFolder(filesOf({ ...parts, 'onnx/model.onnx': 5 }))!.model.path).toBe('onnx/model.onnx');
  });

  it('without a float file opens float16, or else the largest precision', () => {
    const open = (...names: readonly string[]): string =>
      findHubFolder(filesOf(Object.fromEntries(names.map((name, index) => [`onnx/model${name}.onnx`, index + 1]))))!
        .model.path;
    expect(open('_q4', '_quantized')).toBe('onnx/model_quantized.onnx');
    expect(open('_fp16', '_quantized')).toBe('onnx/model_fp16.onnx');
  });

  it.each([
    ['a model alone', { 'net.onnx': 1 }],
    ['two models', { 'a.onnx': 1, 'b.onnx': 1 }],
    ['no model', { 'config.json': 1, 'tokenizer.json': 1 }],
    ['a model elsewhere', { 'config.json': 1, 'other/deep/net.onnx': 1 }],
  ])('is not recognized with %s', (_, sizes) => {
    expect(findHubFolder(filesOf(sizes))).toBeUndefined();
  });
});
