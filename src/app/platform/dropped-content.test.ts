import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { kindOfJson, recognizeFiles, reportLinkInText } from './dropped-content';

const file = (name: string, text = ''): File => new File([text], name);

describe('dropped content', () => {
  it('is a model when an .onnx is among it, with everything beside it', async () => {
    const files = [file('weights.bin'), file('Model.ONNX'), file('.DS_Store')];
    const content = await recognizeFiles(files);
    expect(content.kind).toBe('model');
    expect(content.kind === 'model' && content.files.map((entry) => entry.name)).toEqual(['weights.bin', 'Model.ONNX']);
  });

  it('is the float model of a Hugging Face folder with its tokenizer, without page images', async () => {
    const at = (path: string): File =>
      Object.defineProperty(file(path.slice(path.lastIndexOf('/') + 1), 'x'), 'path', { value: `/${path}` });
    const inFolder = ['config.json', 'tokenizer.json', 'model.safetensors', 'thumbnail.png'].map(
      (name) => `net/${name}`,
    );
    const models = ['model_q4.onnx', 'model.onnx', 'model.onnx_data'].map((name) => `net/onnx/${name}`);
    const content = await recognizeFiles([...inFolder, ...models, 'texts.csv'].map(at));
    if (content.kind !== 'model') throw new Error(content.kind);
    const modelNames = content.files.map(({ name }) => name).filter((name) => name.includes('onnx'));
    expect(modelNames).toEqual(['model.onnx', 'model.onnx_data']);
    expect(content.data.map(({ name }) => name)).toEqual(['tokenizer.json', 'texts.csv']);
    expect(content.folder?.hub.models.map(({ suffix }) => suffix)).toEqual(['', '_q4']);
    const loose = ['config.json', 'model.onnx', 'pixels.npz', 'model.safetensors'].map((name) => file(name, 'x'));
    const ofLoose = await recognizeFiles(loose);
    expect(ofLoose.kind === 'model' && ofLoose.data.map(({ name }) => name)).toEqual(['pixels.npz']);
    const labeled = ['detector.onnx', '1.png', '1.txt', 'instances.json', 'data.yaml', 'notes.md'].map((name) =>
      file(name),
    );
    const ofLabeled = await recognizeFiles(labeled);
    const boxes = ['1.png', '1.txt', 'instances.json', 'data.yaml'];
    expect(ofLabeled.kind === 'model' && ofLabeled.data.map(({ name }) => name)).toEqual(boxes);
  });

  it('is a recipe or a report according to the JSON content', async () => {
    expect((await recognizeFiles([file('a.json', '{"version":1,"steps":[]}')])).kind).toBe('recipe');
    expect((await recognizeFiles([file('a.json', '{"variants":[],"cells":[]}')])).kind).toBe('report');
  });

  it('is a server measurement, as a document or in a bundle beside an open model', async () => {
    const kindOf = async (name: string, content: Uint8Array<ArrayBuffer> | string, hasModel: boolean) =>
      (await recognizeFiles([new File([content], name)], hasModel)).kind;
    expect(await kindOf('server.json', '{"server":{},"rates":[]}', true)).toBe('server-times');
    const bundle = zipSync({
      'n/evidence/server-2.json': new Uint8Array(2),
      'n/models/n/1/model.onnx': new Uint8Array(9),
    });
    expect(await kindOf('n.zip', bundle, true)).toBe('server-times');
    expect(await kindOf('n.zip', bundle, false)).toBe('model');
    const at = (path: string) => Object.defineProperty(file(path.split('/').at(-1)!), 'path', { value: path });
    const folder = [at('n/evidence/server.json'), at('n/models/n/1/model.onnx')];
    expect(await recognizeFiles(folder, true)).toEqual({ kind: 'server-times', files: folder.slice(0, 1) });
    expect((await recognizeFiles(folder, false)).kind).toBe('model');
  });

  it('goes to the model reader if it is neither, and the reader names its kind', async () => {
    expect((await recognizeFiles([file('model.tflite')])).kind).toBe('model');
    expect((await recognizeFiles([file('a.json', '[1]')])).kind).toBe('model');
    expect((await recognizeFiles([file('.DS_Store')])).kind).toBe('nothing');
    expect((await recognizeFiles([])).kind).toBe('nothing');
  });

  it('is data by name; a possible model counts as data only beside a model', async () => {
    const kindOf = async (name: string, hasModel: boolean) => (await recognizeFiles([file(name)], hasModel)).kind;
    for (const name of ['a.PNG', 'digits.npz', 'cats.zip', 'train-images-idx3-ubyte', 'x.parquet']) {
      expect(await kindOf(name, false)).toBe('data');
      expect(await kindOf(name, true)).toBe('data');
    }
    expect(await kindOf('weights.safetensors', false)).toBe('model');
    expect(await kindOf('weights.safetensors', true)).toBe('data');
    expect(await kindOf('frozen.pb', false)).toBe('model');
    expect(await kindOf('model.tflite', true)).toBe('model');
  });

  it('is a model of another framework if weights lie beside their tokenizer', async () => {
    const kindOf = async (...names: string[]) => (await recognizeFiles(names.map((name) => file(name)))).kind;
    expect(await kindOf('config.json', 'tokenizer.json', 'model.safetensors')).toBe('model');
    expect(await kindOf('net.pt')).toBe('model');
    expect(await kindOf('net.pt', 'cats.zip')).toBe('data');
  });

  it('is a model if a zip holds one, which the model reader opens', async () => {
    const zipOf = (name: string) =>
      new File([zipSync({ [name]: new Uint8Array(9), 'notes.txt': new Uint8Array(3) })], 'all.zip');
    expect((await recognizeFiles([zipOf('net/model.onnx')])).kind).toBe('model');
    expect((await recognizeFiles([zipOf('model.onnx.png')])).kind).toBe('data');
    // Test data is packed with its model, and may be for the one that is open.
    expect((await recognizeFiles([zipOf('model.onnx')], true)).kind).toBe('model');
  });

  it('takes lines of text for data only beside a tokenizer, and never its vocabulary', async () => {
    const kindOf = async (...names: string[]) =>
      (
        await recognizeFiles(
          names.map((name) => file(name)),
          true,
        )
      ).kind;
    expect(await kindOf('texts.txt')).toBe('model');
    expect(await kindOf('tokenizer.json', 'texts.txt')).toBe('data');
    const content = await recognizeFiles(['m.onnx', 'tokenizer.json', 'vocab.txt'].map((name) => file(name)));
    expect(content.kind === 'model' && content.data.map(({ name }) => name)).toEqual(['tokenizer.json']);
  });

  it('keeps empty folders with data, whose classes they may be, and takes none for a file', async () => {
    const empty = Object.defineProperty(file('cat'), 'path', { value: '/pets/cat/' });
    expect(await recognizeFiles([empty])).toEqual({ kind: 'nothing' });
    const picture = file('1.png');
    expect(await recognizeFiles([empty, picture])).toEqual({ kind: 'data', files: [picture, empty] });
    const model = file('m.onnx');
    expect(await recognizeFiles([empty, model])).toEqual({ kind: 'model', files: [model], data: [] });
    const both = await recognizeFiles([empty, model, picture]);
    expect(both).toEqual({ kind: 'model', files: [model, picture], data: [picture, empty] });
  });

  it('names the data beside a model', async () => {
    const content = await recognizeFiles([file('net.onnx'), file('weights.bin'), file('digits.npz')]);
    expect(content.kind === 'model' && content.data.map(({ name }) => name)).toEqual(['digits.npz']);
    expect(content.kind === 'model' && content.files).toHaveLength(3);
  });

  it('never throws for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['recipe', 'report', null]).toContain(kindOfJson(text));
        expect(() => reportLinkInText(text)).not.toThrow();
      }),
    );
  });
});

describe('a pasted link', () => {
  it('gives only its fragment', () => {
    expect(reportLinkInText('https://elsewhere.example/pareto/#r=1.ab_-C\n')).toBe('1.ab_-C');
    expect(reportLinkInText('#r=1.abc')).toBe('1.abc');
    expect(reportLinkInText('https://example.org/#studio')).toBeNull();
    expect(reportLinkInText('see #r=1.abc for more')).toBeNull();
  });
});
