import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import { decodeModel } from './decode';

const bytes = (text: string, padding = 64): Uint8Array =>
  Uint8Array.from([...text].map((char) => char.charCodeAt(0)).concat(Array(padding).fill(0)));

describe('files that are no ONNX model', () => {
  it.each([
    ['an empty file', new Uint8Array(0), 'format/empty', 'empty'],
    ['TFLite', bytes('\x1c\0\0\0TFL3'), 'format/tflite', 'TensorFlow Lite'],
    ['the ORT format', bytes('\x20\0\0\0ORTM'), 'format/ort', 'ORT format'],
    ['GGUF', bytes('GGUF\x03'), 'format/gguf', 'pareto roundtrip'],
    ['GGML', bytes('lmgg'), 'format/ggml', 'GGUF file'],
    ['HDF5', bytes('\x89HDF\r\n\x1a\n'), 'format/hdf5', 'Keras'],
    ['PyTorch', bytes('PK\x03\x04\0\0\0\0archive/data.pkl'), 'format/pytorch', 'torch.onnx.export'],
    [
      'PyTorch, named at the end',
      bytes(`PK\x03\x04${'\0'.repeat(900)}PK\x01\x02model/data.pkl`),
      'format/pytorch',
      'PyTorch',
    ],
    ['old PyTorch', bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), 'format/pytorch', 'PyTorch'],
    ['a pickle', bytes('\x80\x04\x95\x10\0'), 'format/pickle', 'skl2onnx'],
    ['Keras', bytes('PK\x03\x04\0\0metadata.json'), 'format/keras', 'Keras'],
    ['zip', bytes('PK\x03\x04\0\0model.onnx'), 'format/zip', 'Unpack'],
    ['gzip', bytes('\x1f\x8b\x08'), 'format/gzip', 'Unpack'],
    ['safetensors', bytes('\x20\0\0\0\0\0\0\0{"weight":{"dtype":"F32"'), 'format/safetensors', 'safetensors'],
    [
      'a Git LFS pointer',
      bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0', 0),
      'format/git-lfs',
      'git lfs pull',
    ],
    ['a web page', bytes('<!DOCTYPE html><html>', 0), 'format/html', 'web page'],
    ['JSON', bytes('{"a": 1}', 0), 'format/text', 'text file'],
    ['PNG', bytes('\x89PNG\r\n\x1a\n'), 'format/image', 'image'],
    ['JPEG', bytes('\xff\xd8\xff\xe0'), 'format/image', 'image'],
    ['GIF', bytes('GIF89a'), 'format/image', 'image'],
    ['WebP', bytes('RIFF\x10\0\0\0WEBPVP8 '), 'format/image', 'image'],
    ['WAV', bytes('RIFF\x10\0\0\0WAVEfmt '), 'format/audio', 'WAV'],
    ['PDF', bytes('%PDF-1.7\n'), 'format/pdf', 'PDF'],
    ['Parquet', bytes('PAR1\x15\x04'), 'format/parquet', 'Parquet'],
    ['ELF', bytes('\x7fELF\x02\x01'), 'format/program', 'ELF'],
    ['SavedModel', bytes('\x08\x01\x12\x20serve\0saved_model'), 'format/tensorflow', 'tf2onnx'],
    ['NumPy', bytes('\x93NUMPY\x01\0'), 'format/numpy', 'NumPy'],
  ])('names the format %s', (_name, file, code, words) => {
    expect(() => decodeModel(new MemorySource(file))).toThrow(expect.objectContaining({ code }));
    expect(() => decodeModel(new MemorySource(file))).toThrow(words);
  });

  it.each([
    ['model.pt', 'torch.onnx.export'],
    ['runs/best.PTH', 'torch.onnx.export'],
    ['pytorch_model.bin', 'torch.onnx.export'],
    ['model.safetensors', 'optimum-cli export onnx'],
    ['model.h5', 'model.export'],
    ['model.keras', 'model.export'],
    ['model.tflite', 'tf2onnx.convert --tflite'],
    ['forest.pkl', 'skl2onnx'],
    ['model.onnx.data', 'Choose the .onnx file and this one together'],
    ['model.onnx_data', 'Choose the .onnx file and this one together'],
  ])('names the export steps for %s, regardless of its content', (name, words) => {
    for (const content of ['PK\x03\x04\0\0data', '\x1f\x8b\x08', 'weights: none', '\x12\xff\xff', '\x80\x04\x95']) {
      expect(() => decodeModel(new MemorySource(bytes(content, 0)), name)).toThrow(words);
    }
  });
});
