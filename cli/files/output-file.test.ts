import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputFiles } from './input-files';
import { cannotWrite, OutputFile } from './output-file';
import { fillNewFolder } from './output-folder';

let folder = '';
const inFolder = (name: string) => join(folder, name);
const inputs = (...names: readonly string[]): InputFiles => {
  const files = new InputFiles();
  files.add(names.map(inFolder));
  return files;
};
const open = (name: string) => new OutputFile(inFolder(name), inputs('input.onnx'));

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
    expect(() => open('pipe')).toThrow(/is a pipe or device and is not replaced/);
    expect(lstatSync(inFolder('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['input.onnx', 'pipe']);
  });

  it('never replaces a link, and names the file that it leads to', () => {
    writeFileSync(inFolder('target.onnx'), 'target');
    symlinkSync('target.onnx', inFolder('link.onnx'));
    expect(() => open('link.onnx')).toThrow(/is a link and is not replaced\. Name its target: .*target\.onnx\.$/);
    symlinkSync('missing.onnx', inFolder('dangling.onnx'));
    expect(() => open('dangling.onnx')).toThrow(/is a link and is not replaced\. Name a file with -o\.$/);
    makePipe(inFolder('pipe'));
    symlinkSync('pipe', inFolder('link-to-pipe'));
    expect(() => open('link-to-pipe')).toThrow(/is a link/);
    expect(lstatSync(inFolder('link.onnx')).isSymbolicLink()).toBe(true);
    expect(readFileSync(inFolder('target.onnx'), 'utf8')).toBe('target');
  });

  it('writes a small file whole, and none over an input', () => {
    OutputFile.writeWhole(inFolder('result.json'), '{"é":1}', inputs('input.onnx'));
    expect(readFileSync(inFolder('result.json'), 'utf8')).toBe('{"é":1}');
    expect(() => OutputFile.writeWhole(inFolder('input.onnx'), '', inputs('input.onnx'))).toThrow(/is an input/);
    expect(readdirSync(folder).sort()).toEqual(['input.onnx', 'result.json']);
  });

  it('refuses a name that was no text, which would lead to another file', () => {
    const name = Buffer.from([0xfe, 0x2e, 0x62]).toString('utf8');
    expect(() => open(name)).toThrow(/its name is not UTF-8\. Choose another\.$/);
  });

  it('refuses at the end to replace a file that the command has read', () => {
    const files = inputs('input.onnx');
    writeFileSync(inFolder('late.npz'), 'data');
    const output = new OutputFile(inFolder('late.npz'), files);
    output.write(Buffer.from('after'));
    files.add([inFolder('late.npz')]);
    expect(() => output.commit()).toThrow(/late\.npz is an input of this command/);
    output.discard();
    expect(readFileSync(inFolder('late.npz'), 'utf8')).toBe('data');
  });

  it('removes the parts that an ended command left, and no other', () => {
    const ended = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim();
    const own = open('out.onnx');
    const part = basename(own.temporaryPath);
    const partOf = (pid: string): string => part.replace(`-${process.pid}-`, `-${pid}-`);
    const others = [
      partOf(String(process.ppid)),
      '.note.part',
      part.replace('.out.onnx.', '.other.').replace(/-\d+-/, '-x-'),
    ];
    mkdirSync(inFolder(`${partOf(ended)}`.replace('out.onnx', 'folder')));
    for (const name of [partOf(ended), ...others]) writeFileSync(inFolder(name), 'part');
    open('out.onnx').discard();
    expect(readdirSync(folder).sort()).toEqual([...others, part, 'input.onnx'].sort());
    own.discard();
  });

  it('knows the input also through a link', () => {
    symlinkSync('input.onnx', inFolder('link.onnx'));
    expect(() => open('link.onnx')).toThrow(/is an input of this command/);
  });
});

describe('fillNewFolder', () => {
  it('names the folder that was asked for, not the hidden one', async () => {
    const target = inFolder('bundle');
    const filled = fillNewFolder(target, async (hidden) => {
      throw cannotWrite(join(hidden, 'README.md'), Object.assign(new Error(), { code: 'ENOSPC' }));
    });
    await expect(filled).rejects.toThrow(`${join(target, 'README.md')} cannot be written: the disk is full.`);
    expect(readdirSync(folder)).toEqual(['input.onnx']);
  });
});
