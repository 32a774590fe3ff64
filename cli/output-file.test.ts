import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputFile } from './output-file';

let folder = '';
const inFolder = (name: string) => join(folder, name);
const open = (name: string) => new OutputFile(inFolder(name), [inFolder('input.onnx')]);

function makePipe(path: string): void {
  expect(spawnSync('sh', ['-c', 'mkfifo "$0"', path]).status).toBe(0);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-output-'));
  writeFileSync(inFolder('input.onnx'), 'input');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('OutputFile', () => {
  it('replaces a regular file, whole', () => {
    writeFileSync(inFolder('out.onnx'), 'before');
    const output = open('out.onnx');
    output.write(Buffer.from('after'));
    expect(readFileSync(inFolder('out.onnx'), 'utf8')).toBe('before');
    output.commit();
    expect(readFileSync(inFolder('out.onnx'), 'utf8')).toBe('after');
  });

  it('never replaces a pipe', () => {
    makePipe(inFolder('pipe'));
    expect(() => open('pipe')).toThrow(/is a pipe or device, which is not replaced/);
    expect(lstatSync(inFolder('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['input.onnx', 'pipe']);
  });

  it('never replaces a link, and names the file that it leads to', () => {
    writeFileSync(inFolder('target.onnx'), 'target');
    symlinkSync('target.onnx', inFolder('link.onnx'));
    expect(() => open('link.onnx')).toThrow(
      /is a link, which is not replaced\. Name what it leads to: .*target\.onnx\.$/,
    );
    symlinkSync('missing.onnx', inFolder('dangling.onnx'));
    expect(() => open('dangling.onnx')).toThrow(/is a link, which is not replaced\. Name a file with -o\.$/);
    makePipe(inFolder('pipe'));
    symlinkSync('pipe', inFolder('link-to-pipe'));
    expect(() => open('link-to-pipe')).toThrow(/is a link/);
    expect(lstatSync(inFolder('link.onnx')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inFolder('target.onnx'), 'utf8')).toBe('target');
  });

  it('writes a small file whole, and none over an input', () => {
    OutputFile.writeWhole(inFolder('result.json'), '{"é":1}', [inFolder('input.onnx')]);
    expect(readFileSync(inFolder('result.json'), 'utf8')).toBe('{"é":1}');
    expect(() => OutputFile.writeWhole(inFolder('input.onnx'), '', [inFolder('input.onnx')])).toThrow(/is the input/);
    expect(readdirSync(folder).sort()).toEqual(['input.onnx', 'result.json']);
  });

  it('refuses a name that was no text, which would lead to another file', () => {
    const name = Buffer.from([0xfe, 0x2e, 0x62]).toString('utf8');
    expect(() => open(name)).toThrow(/its name is not UTF-8\. Choose another\.$/);
  });

  it('knows the input also through a link', () => {
    symlinkSync('input.onnx', inFolder('link.onnx'));
    expect(() => open('link.onnx')).toThrow(/is the input itself/);
  });
});
