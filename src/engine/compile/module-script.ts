/** `model.mjs` and its types: what a developer imports. Names from the model are only written as JSON strings. */
import { toBase64 } from '../base64-url';
import { ParetoError } from '../errors';
import { formatBytes } from '../format';
import { productOf } from '../product-of';
import type { CompiledModel, CompiledPort, Build } from './compile-model';

/** The typed arrays of ports. */
export const arrays = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Written in parts, because bundlers replace the whole in their input, strings included. */
const ownUrl = ['import', 'meta', 'url'].join('.');

/** A string literal of JavaScript that is also safe within a script of an HTML page. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(/[<>\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function portLiteral({ name, type, shape, address }: CompiledPort): string {
  return `{ name: ${literal(name)}, type: '${type}', shape: [${shape.join(', ')}], address: ${address} }`;
}

/** The file of a build. */
export function wasmFileName(build: Build, wanted: readonly Build[]): string {
  return build === 'relaxed' && wanted.length > 1 ? 'model.relaxed.wasm' : 'model.wasm';
}

export interface ScriptOptions {
  /** Modules in base64, for a script without other files. */
  readonly inline: boolean;
}

/** Engines read no longer scripts: their texts have at most 2²⁹ characters. */
const mostInlineBytes = 380e6;

function refuseTooLong({ modules }: CompiledModel): void {
  const bytes = [...modules.values()].reduce((sum, module) => sum + module.byteLength, 0);
  if (bytes <= mostInlineBytes) return;
  throw new ParetoError(
    'compile/inline-too-large',
    `The modules have ${formatBytes(bytes)}, too much for one script. Leave out inline, or choose one target.`,
  );
}

/** The text of `model.mjs`: it needs no other code. Throws `compile/inline-too-large`. */
export function moduleScript(compiled: CompiledModel, { inline }: ScriptOptions): string {
  const wanted = [...compiled.modules.keys()];
  if (inline) refuseTooLong(compiled);
  const sources = wanted.map((build) => {
    const source = inline
      ? `'${toBase64(compiled.modules.get(build)!)}'`
      : `new URL('./${wasmFileName(build, wanted)}', ${ownUrl})`;
    return `  ${build}: ${source},`;
  });
  const list = (ports: readonly CompiledPort[]) => ports.map((port) => `  ${portLiteral(port)},`).join('\n');
  return `// Written by Pareto. It runs the model without a runtime: model.d.ts has the types.
const sources = {
${sources.join('\n')}
};
const inputs = [
${list(compiled.inputs)}
];
const outputs = [
${list(compiled.outputs)}
];
${scriptBody(wanted, inline)}`;
}

/** The constant part of the script. */
function scriptBody(wanted: readonly Build[], inline: boolean): string {
  return `const arrays = { ${Object.entries(arrays)
    .map(([type, { name }]) => `${type}: ${name}`)
    .join(', ')} };
${wanted.length > 1 ? `\n// A module of a few bytes with an instruction of relaxed SIMD.\nconst probe = Uint8Array.of(${relaxedProbe.join(', ')});\n` : ''}
/** Loads the model. Options: build ('simd' or 'relaxed'), wasm (bytes or URL of the module). */
export async function load(options = {}) {
  const build = options.build ?? ${wanted.length > 1 ? "(WebAssembly.validate(probe) ? 'relaxed' : 'simd')" : `'${wanted[0]}'`};
  if (!Object.hasOwn(sources, build)) throw new TypeError('The build must be ${wanted.join(' or ')}.');
  const module = await WebAssembly.compile(options.wasm === undefined ? await ownBytes(sources[build]) : await bytesOf(options.wasm));
  const { exports } = await WebAssembly.instantiate(module);
  const size = (port) => port.shape.reduce((product, size) => product * size, 1);
  const view = (port) => new arrays[port.type](exports.memory.buffer, port.address, size(port));
  const places = new Map(inputs.map((port) => [port.name, { port, view: view(port) }]));
  const results = outputs.map((port) => [port.name, view(port)]);
  const describe = ({ name, type, shape }) => ({ name, type, shape: [...shape] });
  return {
    inputs: inputs.map(describe),
    outputs: outputs.map(describe),
    /** Runs the model. The outputs are copies. */
    run(feeds) {
      if (typeof feeds !== 'object' || feeds === null || ArrayBuffer.isView(feeds)) throw new TypeError('The inputs must be an object of typed arrays by name.');
      for (const name of Object.keys(feeds)) {
        if (!places.has(name)) throw new TypeError(\`The model has no input "\${name}". It has \${[...places.keys()].join(', ')}.\`);
      }
      for (const [name, { port, view }] of places) {
        const given = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
        if (given === undefined) throw new TypeError(\`The input "\${name}" is missing.\`);
        if (!(given instanceof arrays[port.type])) {
          throw new TypeError(\`The input "\${name}" must be a \${arrays[port.type].name}.\`);
        }
        if (given.length !== view.length) {
          throw new TypeError(\`The input "\${name}" must have \${view.length} elements ([\${port.shape.join(', ')}]), not \${given.length}.\`);
        }
        view.set(given);
      }
      exports.run();
      return Object.fromEntries(results.map(([name, view]) => [name, view.slice()]));
    },
  };
}

${
  inline
    ? `function ownBytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}`
    : 'const ownBytes = bytesOf;'
}

async function bytesOf(source) {
  if (typeof source !== 'string' && !(source instanceof URL)) return source;
  const url = new URL(source, ${ownUrl});
  // Node's fetch does not open files. An import of node:fs would end the build of bundlers for pages.
  const files = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs/promises') : undefined;
  if (files !== undefined) return files.readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(\`\${url} cannot be loaded: \${response.status}.\`);
  return response.arrayBuffer();
}
`;
}

/** (module (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd)) */
export const relaxedProbe: readonly number[] = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11],
];

/** The text of `model.d.ts`. */
export function moduleTypes(compiled: CompiledModel): string {
  const wanted = [...compiled.modules.keys()];
  const record = (ports: readonly CompiledPort[]) =>
    ports
      .map(
        ({ name, type, shape }) => `  /** [${shape.join(', ')}] */\n  readonly ${literal(name)}: ${arrays[type].name};`,
      )
      .join('\n');
  const builds = wanted.map((build) => `'${build}'`).join(' | ');
  return `export interface Inputs {
${record(compiled.inputs)}
}

export interface Outputs {
${record(compiled.outputs)}
}

export interface Port {
  readonly name: string;
  readonly type: ${[...new Set([...compiled.inputs, ...compiled.outputs].map(({ type }) => `'${type}'`))].join(' | ')};
  readonly shape: readonly number[];
}

export interface Model {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Runs the model. The outputs are copies. Throws a TypeError for inputs of other names, types or lengths. */
  run(inputs: Inputs): Outputs;
}

export interface LoadOptions {
  /** Absent: the fastest build that the engine runs. */
  readonly build?: ${builds};
  /** Absent: the file beside the script, or the bytes in it. */
  readonly wasm?: ArrayBuffer | ArrayBufferView | URL | string;
}

/** Loads the model. Each call makes an instance with a memory of its own. */
export function load(options?: LoadOptions): Promise<Model>;
`;
}

/** The text of `example.html`: it runs the model on zeros. Browsers load no module scripts from a folder that is not served. */
export function exampleHtml(compiled: CompiledModel, title: string): string {
  const zero = ({ name, type, shape }: CompiledPort) =>
    // In brackets, so that the name __proto__ is a member.
    `  [${literal(name)}]: new ${arrays[type].name}(${productOf(shape)}),`;
  const escaped = title.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped}</title>
<h1>${escaped}</h1>
<pre id="result">Loading … (This page needs a server: try “npx serve” in its folder.)</pre>
<script type="module">
import { load } from './model.mjs';
const model = await load();
const outputs = model.run({
${compiled.inputs.map(zero).join('\n')}
});
document.getElementById('result').textContent = Object.entries(outputs)
  .map(([name, values]) => name + ': ' + [...values.slice(0, 10)].join(', '))
  .join('\\n');
</script>
</html>
`;
}
