/** An agent works over stdin and stdout, with the client of the SDK. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListRootsRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../main';
import { commandLineOf, tools } from './tools';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ofServer = 120_000;

describe('an agent', () => {
  let folder = '';
  let client: Client;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pareto-mcp-'));
    mkdirSync(join(folder, 'shared'));
    copyFileSync(at('public/samples/digits-mlp.onnx'), join(folder, 'shared/model.onnx'));
    copyFileSync(at('public/samples/digits-evaluation.npz'), join(folder, 'shared/data.npz'));
    copyFileSync(join(folder, 'shared/model.onnx'), join(folder, 'secret.onnx'));
    symlinkSync(join(folder, 'secret.onnx'), join(folder, 'shared/link.onnx'));
    client = new Client({ name: 'test', version: '1' }, { capabilities: { roots: {} } });
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: [{ uri: pathToFileURL(join(folder, 'shared')).href }],
    }));
    const cwd = join(folder, 'shared');
    for (const words of ['init -q', 'add model.onnx', '-c user.name=t -c user.email=t@t commit -qm base']) {
      execFileSync('git', words.split(' '), { cwd });
    }
    const args = [at('cli/pareto.mjs'), 'mcp'];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd }));
  }, ofServer);
  afterAll(async () => {
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Given = Readonly<Record<string, unknown>>;
  type Following = Parameters<Client['callTool']>[2];

  const callTool = async (name: string, given: Given, follow: Following = { timeout: ofServer }) => {
    const { isError, content, structuredContent } = (await client.callTool(
      { name, arguments: given },
      undefined,
      follow,
    )) as CallToolResult;
    return { isError, text: (content[0] as { readonly text: string }).text, document: structuredContent };
  };

  it(
    'makes a model smaller within a limit, and reads figures that are those of the files',
    async () => {
      const messages: string[] = [];
      const follow = { timeout: ofServer, onprogress: ({ message = '' }) => void messages.push(message) };
      const made = await callTool(
        'optimize',
        {
          model: 'model.onnx',
          output: 'small.onnx',
          passes: [{ pass: 'quantize-weights', options: { bits: '8' } }],
        },
        follow,
      );
      const written = statSync(join(folder, 'shared/small.onnx')).size;
      expect([made.isError, made.document]).toMatchObject([undefined, { sizeBytes: { variant: written } }]);
      expect(made.text).toMatch(/small\.onnx has .*−\d+.%\)\.$/);
      expect(messages.length).toBeGreaterThan(0);
      writeFileSync(join(folder, 'shared/limits.json'), JSON.stringify({ sizeBytes: written, accuracyLoss: 0.05 }));
      const request = { model: 'model.onnx', variant: 'small.onnx', limits: 'limits.json', data: ['data.npz'] };
      const checked = await callTool('check', request, follow);
      expect([checked.text, checked.document?.['passed']]).toEqual(['2 limits of 2 kept.', true]);
      writeFileSync(join(folder, 'shared/limits.json'), JSON.stringify({ sizeBytes: written - 1 }));
      const broken = await callTool('check', { model: 'small.onnx', limits: 'limits.json', base: 'HEAD:model.onnx' });
      expect([broken.isError, broken.document]).toMatchObject([
        undefined,
        { passed: false, base: { name: 'HEAD:model.onnx', sha256: expect.any(String) as string } },
      ]);
      const student = { model: 'model.onnx', student: 'small.onnx', output: 'taught.onnx' };
      const untaught = await callTool('optimize', { ...student, passes: [{ pass: 'simplify' }] });
      expect([untaught.isError, untaught.text]).toEqual([true, expect.stringContaining('--student needs a pass')]);
    },
    ofServer,
  );

  it(
    'evaluates, compares, measures and searches with the figures of the files',
    async () => {
      const bytes = (name: string): number => statSync(join(folder, 'shared', name)).size;
      const data = { data: ['data.npz'], threads: 1 };
      const against = { model: 'small.onnx', against: 'model.onnx', limit: 64 };
      const evaluated = await callTool('evaluate', { ...data, ...against });
      expect([evaluated.isError, evaluated.document]).toMatchObject([undefined, { samples: 64 }]);
      const compared = await callTool('compare', { ...data, model: 'model.onnx', variants: ['small.onnx'], limit: 16 });
      expect([compared.isError, compared.document]).toMatchObject([
        undefined,
        { variants: [{ sizeBytes: bytes('small.onnx') }] },
      ]);
      const measured = await callTool('benchmark', {
        model: 'model.onnx',
        variant: 'small.onnx',
        budget: 'quick',
        threads: 1,
      });
      expect([measured.isError, measured.text]).toEqual([
        undefined,
        expect.stringContaining('the speed of the original'),
      ]);
      const request = { ...data, model: 'model.onnx', output: 'best.onnx', goal: 'size', budgetS: 5 };
      const found = await callTool('search', request);
      expect([found.isError, found.document]).toMatchObject([undefined, { originalBytes: bytes('model.onnx') }]);
    },
    ofServer,
  );

  it.each([
    ['a path out of its roots', { model: '../secret.onnx' }, 'outside the folders'],
    ['a link out of its roots', { model: 'link.onnx' }, 'outside the folders'],
    ['an unknown option', { model: 'model.onnx', pass: 'x' }, 'There is no option'],
    ['a missing file', { model: 'none.onnx' }, 'none.onnx'],
  ])('is refused %s, with a sentence', async (_, request, sentence) => {
    const { isError, text } = await callTool('inspect', request);
    expect([isError, text]).toEqual([true, expect.stringContaining(sentence)]);
  });

  it(
    'cancels a call, and the next one runs',
    async () => {
      const stop = new AbortController();
      const request = { model: 'model.onnx', data: ['data.npz'], budgetS: 600 };
      const follow = { signal: stop.signal, timeout: ofServer, onprogress: () => stop.abort() };
      await expect(callTool('search', request, follow)).rejects.toThrow('aborted');
      expect((await callTool('inspect', { model: 'model.onnx' })).text).toContain('model.onnx has');
    },
    ofServer,
  );

  it('reads a schema of each tool that names its required entries', async () => {
    const { tools: listed } = await client.listTools();
    expect(listed.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect(listed.find(({ name }) => name === 'optimize')?.inputSchema).toMatchObject({
      required: ['model', 'output'],
      properties: {
        goal: { enum: expect.arrayContaining(['smaller']) as object },
        seed: { type: 'integer', minimum: 0 },
      },
    });
  });
});

it('calls only options that the command has', async () => {
  const commands = await allCommands();
  for (const { name, request } of tools) {
    const { entries } = request as unknown as { readonly entries: object };
    const words = commandLineOf(
      name,
      Object.fromEntries(Object.keys(entries).map((entry) => [entry, entry === 'passes' ? [] : 'x'])),
    );
    const { options } = commands.find((command) => command.name === name)!;
    const used = words.slice(1, words.indexOf('--json')).map((word) => word.slice(2).split('=')[0]!);
    expect(used.filter((option) => !(option in options))).toEqual([]);
  }
});
