import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { quietContext } from '../../engine/data/testing/memory-files';
import { MemorySource } from '../../engine/onnx/byte-source';
import { findDataFile, findDroppedModel, openDroppedModel } from './dropped-model';

const at = (path: string): File =>
  Object.defineProperty(new File([], path.slice(path.lastIndexOf('/') + 1)), 'webkitRelativePath', { value: path });
const modelOf = (...paths: readonly string[]): string => findDroppedModel(paths.map(at)).model.webkitRelativePath;

describe('findDroppedModel', () => {
  it('finds the model beside its own test data and beside weights, under any name', () => {
    const testData = [0, 1].flatMap((set) =>
      ['input_0', 'output_0'].map((name) => `zoo/test_data_set_${set}/${name}.pb`),
    );
    const { model, others } = findDroppedModel([...testData, 'zoo/model.onnx', 'zoo/weights.pb'].map(at));
    expect(model.name).toBe('model.onnx');
    expect(others).toHaveLength(5);
    expect(findDataFile(others, 'weights.pb')?.name).toBe('weights.pb');
  });

  it('finds a model by its other names if no file is called .onnx', () => {
    expect(modelOf('net.pb')).toBe('net.pb');
    expect(modelOf('net.pb', 'weights.bin')).toBe('net.pb');
    expect(modelOf('zoo/net.pb', 'zoo/test_data_set_0/input_0.pb')).toBe('zoo/net.pb');
    expect(modelOf('net.tflite')).toBe('net.tflite');
  });

  it('refuses ambiguous files, with their names', () => {
    expect(() => modelOf()).toThrow('No file was given');
    expect(() => modelOf('a.onnx', 'b.ONNX')).toThrow('More than one model was dropped (a.onnx, b.ONNX)');
    expect(() => modelOf('a.pb', 'b.ort')).toThrow('More than one model was dropped (a.pb, b.ort)');
    expect(() => modelOf('weights.bin', 'test_data_set_0/input_0.pb')).toThrow('None of these files is called .onnx');
    expect(() => modelOf('bert/config.json', 'bert/model.safetensors')).toThrow('optimum-cli export onnx');
  });
});

describe('openDroppedModel', () => {
  const open = (content: Readonly<Record<string, Uint8Array>>) => {
    const bytes = zipSync(content);
    return openDroppedModel(
      [new File([bytes as Uint8Array<ArrayBuffer>], 'net.zip')],
      () => new MemorySource(bytes),
      quietContext,
    );
  };
  const bytesOf = async (blob: Blob | undefined) => [...new Uint8Array(await blob!.arrayBuffer())];

  it('unpacks the one model of a zip, and the data that it names', async () => {
    const { model, dataAt } = await open({
      'net/onnx/model.onnx': Uint8Array.of(8, 9),
      'net/onnx/weights.bin': Uint8Array.of(1, 2, 3),
      'net/config.json': Uint8Array.of(123, 125),
    });
    expect([model.name, await bytesOf(model)]).toEqual(['model.onnx', [8, 9]]);
    expect(await bytesOf(dataAt('weights.bin'))).toEqual([1, 2, 3]);
    expect(dataAt('other.bin')).toBeUndefined();
  });

  it('refuses a zip of several models by their names, and leaves one without a model to its reader', async () => {
    const two = { 'a.onnx': Uint8Array.of(1), 'b.onnx': Uint8Array.of(2) };
    await expect(open(two)).rejects.toThrow('More than one model was dropped (a.onnx, b.onnx)');
    expect((await open({ 'cat.png': Uint8Array.of(1) })).model.name).toBe('net.zip');
  });
});
