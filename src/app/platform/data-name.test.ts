import { describe, expect, it } from 'vitest';
import { isDataName, isSurelyData, nameOfDropped } from './data-name';

const at = (path: string): File => Object.assign(new File([], path.split('/').at(-1)!), { path });

describe('names of data', () => {
  it('are told by their endings', () => {
    expect(['a.JPG', 'b.tsv', 't10k-labels-idx1-ubyte', 'c.csv.gz'].every(isDataName)).toBe(true);
    expect(['model.onnx', 'weights.bin', 'notes.txt', ''].some(isDataName)).toBe(false);
  });

  it('are those of every picture and sound that is read', () => {
    const read = ['a.jpg', 'a.jpeg', 'a.jfif', 'a.png', 'a.webp', 'a.wav', 'a.wave'];
    expect([...read, 'a.jpe', 'a.bmp', 'a.mp3'].filter(isDataName)).toEqual(read);
  });

  it('are certain for files named like ONNX test data', () => {
    expect(isSurelyData(at('/net/test_data_set_0/input_0.pb'))).toBe(true);
    expect(isSurelyData(at('./output_12.pb'))).toBe(true);
    expect(isSurelyData(at('/net/saved_model.pb'))).toBe(false);
  });

  it('provide a name for dropped files', () => {
    expect(nameOfDropped([at('/photos/cat/1.png'), at('/photos/dog/2.png')])).toBe('photos');
    expect(nameOfDropped([at('./cats.zip')])).toBe('cats.zip');
    expect(nameOfDropped([at('./1.png'), at('./2.png')])).toBe('2 files');
  });
});
