import { describe, expect, it } from 'vitest';
import { droppedPath } from './dropped-path';

const placed = (place: object): File => Object.assign(new File([], 'cat.png'), place);

describe('the place of a dropped file', () => {
  it('is relative to the dropped folder in every browser form', () => {
    expect(droppedPath(placed({ path: '/train/cat/cat.png' }))).toBe('train/cat/cat.png');
    expect(droppedPath(placed({ path: './cat.png' }))).toBe('cat.png');
    expect(droppedPath(placed({ webkitRelativePath: 'train/cat.png', path: './train/cat.png' }))).toBe('train/cat.png');
    expect(droppedPath(new File([], 'cat.png'))).toBe('cat.png');
  });
});
