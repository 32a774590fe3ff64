import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { serveStudio, type OfferedFile } from '../../src/runtime/node/studio-server';
import { integerOption, requirePositionals, type Command, type Invocation } from '../command';
import { isGgufFile } from '../gguf/gguf-models';
import { findModelFolder } from '../hub/model-folder';
import { findModel } from '../files/model-on-disk';

export const studioCommand: Command = {
  name: 'studio',
  summary: 'opens a model in the studio, in your browser',
  takesBundles: true,
  options: { port: { type: 'string' }, 'no-browser': { type: 'boolean' } },
  help: `Serves the studio on this machine, opens the model in it, and prints the address. No other machine can reach it.
In a terminal it also opens your browser. Ctrl+C stops it.

Usage: pareto studio [<model>] [--port <n>] [--json]

Options:
  --port <n>      port of the address; without it the first free one from 4173 on, 0 for any
  --no-browser    prints the address and opens no browser
  --json          prints the address as one JSON document

Example:
  pareto studio model.onnx
`,
  run: runStudio,
};

async function runStudio(invocation: Invocation): Promise<void> {
  const [model] = invocation.positionals;
  if (model !== undefined) requirePositionals(invocation, ['The model']);
  const port = integerOption(invocation, 'port', { minimum: 0, maximum: 65_535 });
  const files = model === undefined ? [] : filesToOffer(model, invocation);
  const { signal, terminal } = invocation;
  const { address, close } = await serveStudio(files, { port, strictPort: port !== undefined });
  try {
    terminal.print(invocation.json ? JSON.stringify({ address }) : `Pareto is at ${address}`);
    if (process.stdout.isTTY && invocation.values['no-browser'] !== true) openBrowser(address);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    close();
  }
}

/** The model and its data files. Throws what a command throws that reads the model. */
function filesToOffer(given: string, invocation: Invocation): readonly OfferedFile[] {
  const folder = findModelFolder(given);
  const path = folder === undefined ? given : `${given}/${folder.model.path}`;
  if (isGgufFile(path)) return [{ path, location: basename(path) }];
  const { externalData } = findModel(path, invocation);
  return [{ path, location: basename(path) }, ...externalData];
}

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Without a browser to open, the printed address is enough. */
function openBrowser(address: string): void {
  const [command, ...parameters] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...parameters, address], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
