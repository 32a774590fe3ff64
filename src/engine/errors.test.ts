import { describe, expect, it } from 'vitest';
import { ParetoError } from './errors';

describe('messages', () => {
  it('cut a name of thousands of characters, and keep the remedy', () => {
    const { message } = new ParetoError('a/b', `The key “${'k'.repeat(5000)}” is unknown. Remove it.`);
    expect(message).toMatch(/^The key “k{119}…k{29}” is unknown\. Remove it\.$/);
  });

  it('keep a long path', () => {
    const path = `/${'folder/'.repeat(60)}model.onnx`;
    expect(new ParetoError('a/b', `${path} cannot be read.`).message).toContain(path);
  });

  it('are cut in the middle if they are long', () => {
    const { message } = new ParetoError('a/b', `Start ${'word '.repeat(2000)}end.`);
    expect([message.length, message.slice(0, 5), message.slice(-4)]).toEqual([2000, 'Start', 'end.']);
  });
});
