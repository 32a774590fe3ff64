import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfJson, recogniseFiles, reportLinkInText } from './dropped-content';

const file = (name: string, text = ''): File => new File([text], name);

describe('what was dropped', () => {
  it('is a model when an .onnx is among it, with everything beside it', async () => {
    const files = [file('weights.bin'), file('Model.ONNX'), file('.DS_Store')];
    const content = await recogniseFiles(files);
    expect(content.kind).toBe('model');
    expect(content.kind === 'model' && content.files.map((entry) => entry.name)).toEqual(['weights.bin', 'Model.ONNX']);
  });

  it('is a recipe or a report by what the JSON holds', async () => {
    expect((await recogniseFiles([file('a.json', '{"version":1,"steps":[]}')])).kind).toBe('recipe');
    expect((await recogniseFiles([file('a.json', '{"variants":[],"cells":[]}')])).kind).toBe('report');
  });

  it('goes to the model reader when it is neither, which says what it is', async () => {
    expect((await recogniseFiles([file('model.tflite')])).kind).toBe('model');
    expect((await recogniseFiles([file('a.json', '[1]')])).kind).toBe('model');
    expect((await recogniseFiles([file('.DS_Store')])).kind).toBe('nothing');
    expect((await recogniseFiles([])).kind).toBe('nothing');
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
