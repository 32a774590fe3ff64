/** A server of the Model Context Protocol over stdin and stdout. Its calls run as commands, one after the other. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { version } from '../../package.json';
import { isParetoError, messageOf, ParetoError } from '../../src/engine/errors';
import { parseRequest } from '../../src/work/request';
import type { Shell } from '../command';
import { isOfCommit } from '../gate/base-model';
import { jsonSchema } from './json-schema';
import { commandLineOf, describeEntry, pathEntries, tools, type Document, type Tool } from './tools';

const instructions =
  'Makes ONNX models smaller and faster. Inspect first. Give data to measure the loss. Report the sizes and losses of the results, not estimates.';

/**
 * Serves until the client leaves or the command is stopped.
 * @param folders the roots for clients that name none
 */
export async function serveTools(shell: Shell, folders: readonly string[]): Promise<void> {
  const server = new Server({ name: 'pareto', version }, { capabilities: { tools: {} }, instructions });
  let last: Promise<unknown> = Promise.resolve();
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name, description, request }) => ({
      ...{ name, description },
      inputSchema: jsonSchema(request, describeEntry),
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) => {
    const token = params._meta?.progressToken;
    let sent = 0;
    const progress = (message: string): void => {
      if (token === undefined || message === '') return;
      sent += 1;
      const notification = { progressToken: token, progress: sent, message };
      void sendNotification({ method: 'notifications/progress', params: notification }).catch(() => undefined);
    };
    const answer = async () => {
      const roots = await rootsOf(server, folders);
      return call(shell, params, { roots, progress, signal: AbortSignal.any([signal, shell.signal]) });
    };
    const running = last.then(answer);
    last = running.catch(() => undefined);
    return running;
  });
  const closed = new Promise<void>((done) => {
    server.onclose = done;
    process.stdin.once('end', done);
    shell.signal.addEventListener('abort', () => done(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}

interface Running {
  readonly roots: readonly string[];
  readonly progress: (message: string) => void;
  readonly signal: AbortSignal;
}

async function call(
  shell: Shell,
  { name, arguments: given = {} }: { readonly name: string; readonly arguments?: Document },
  { roots, progress, signal }: Running,
) {
  let printed = '';
  const warnings: string[] = [];
  const terminal = {
    ...{ progress, print: (text: string) => void (printed += text) },
    warn: (text: string) => void warnings.push(text),
  };
  try {
    signal.throwIfAborted();
    const tool = tools.find((each) => each.name === name);
    if (tool === undefined) throw new ParetoError('options/invalid', `There is no tool ${name}.`);
    const request = parseRequest(tool.request, given, (option) => option) as Document;
    const words = commandLineOf(name, withPaths(request, roots));
    await shell.runCommand(words, { terminal, signal });
    return resultOf(tool, printed, warnings);
  } catch (error) {
    signal.throwIfAborted();
    // Limits that are exceeded are a result.
    const tool =
      isParetoError(error) && error.code === 'check/broken' ? tools.find((each) => each.name === name) : undefined;
    if (tool !== undefined && printed !== '') return resultOf(tool, printed, warnings);
    return { isError: true, content: [messageOf(error), ...warnings].map(textOf) };
  }
}

const textOf = (text: string) => ({ type: 'text', text });

function resultOf({ verdict }: Tool, printed: string, warnings: readonly string[]) {
  const document = JSON.parse(printed) as Document;
  return { structuredContent: document, content: [verdict(document as never), ...warnings, printed].map(textOf) };
}

/** Those of the client, else the given folders. */
async function rootsOf(server: Server, folders: readonly string[]): Promise<readonly string[]> {
  if (server.getClientCapabilities()?.roots === undefined) return folders;
  const { roots } = await server.listRoots();
  return roots.filter(({ uri }) => uri.startsWith('file:')).map(({ uri }) => fileURLToPath(uri));
}

/** Makes paths absolute, from the first root. Throws `input/outside` for one that leads out of all roots. */
function withPaths(request: Document, roots: readonly string[]): Document {
  const place = (path: string): string => {
    const full = isAbsolute(path) ? path : join(roots[0] ?? '/', path);
    const real = realPlace(resolve(full));
    if (!roots.some((root) => isWithin(real, realPlace(resolve(root))))) {
      throw new ParetoError(
        'input/outside',
        `${path} is outside the folders that the client shares. Name a file in them.`,
      );
    }
    return full;
  };
  const entries = Object.entries(request).map(([name, value]) => {
    if (!pathEntries.has(name)) return [name, value] as const;
    // A file of a commit is read from the repository of the working folder.
    if (name === 'base' && isOfCommit(String(value))) {
      place(process.cwd());
      return [name, value] as const;
    }
    return [name, Array.isArray(value) ? value.map((path) => place(String(path))) : place(String(value))] as const;
  });
  return Object.fromEntries(entries);
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The place without links, also of a file that is not there yet. */
function realPlace(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realPlace(dirname(path)), path.slice(dirname(path).length));
}
