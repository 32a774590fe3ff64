import { listOption, requirePositionals, type Command } from '../command';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'serves tools to an agent (Model Context Protocol over stdio)',
  takesBundles: true,
  options: { root: { type: 'string', multiple: true } },
  help: `Serves tools to an agent by the Model Context Protocol over stdin and stdout: inspect, optimize, search, evaluate, benchmark,
check and compare. A result is the JSON document of the command and one sentence. Files outside the roots of the client are
refused.

Usage: pareto mcp [--root <folder>]…

Options:
  --root <folder>  a folder that tools may read and write, for clients that name none (the current folder)
  --json           changes nothing: each result holds a JSON document

Example, in the settings of the client:
  {"mcpServers": {"pareto": {"command": "npx", "args": ["-y", "pareto-onnx", "mcp"]}}}
`,
  async run(invocation) {
    requirePositionals(invocation, []);
    const { serveTools } = await import('../mcp/serve');
    const roots = listOption(invocation, 'root');
    await serveTools(invocation, roots.length > 0 ? roots : [process.cwd()]);
  },
};
