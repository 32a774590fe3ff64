/** Is this a valid model? Looks at everything but the values of the weights; reads no tensor data. */
import { checkScope, type DefinedNames } from './check-scope';
import type { Attribute, Model, OpsetImport, Tensor } from './graph';
import type { Problem } from './problem';
import { canonicalDomain, nodesOf, type Scope, scopes } from './traverse';
import { isParetoError } from '../errors';
import { DataType, dataTypeName } from './data-type';
import { elementCount, expectedSizeBytes, isExternal, storedSizeBytes } from './tensor';

export type { Problem } from './problem';

/**
 * The newest ONNX file version that the runtime loads. onnxruntime-web 1.30 refuses a one-node model of IR 14 with
 * "Unsupported model IR version: 14, max supported IR version: 13", although onnx 1.23 writes 14 unless told otherwise.
 */
const newestIrVersion = 13n;
/** Files before IR 3 have no operator set imports. */
const irVersionOfOpsets = 3n;

/** All problems of a model, in file order. An empty list: nothing is wrong that can be seen without running it. */
export function checkModel(model: Model): Problem[] {
  const problems: Problem[] = [];
  const report = (problem: Problem): void => {
    problems.push(problem);
  };
  checkVersion(model, report);
  if (!model.graph) {
    report({ code: 'graph/missing', path: 'graph', message: 'There is no graph in the model.' });
  }
  checkOpsets(model.opsetImports, report);
  const defined: DefinedNames = new Map();
  const known = knownOperators(model);
  for (const scope of scopes(model)) {
    checkScope(scope, defined, report);
    if (known) checkDomains(scope, known, report);
    for (const { tensor, path } of tensorsOf(scope)) checkTensor(tensor, path, report);
  }
  return problems;
}

type Report = (problem: Problem) => void;

function checkVersion(model: Model, report: Report): void {
  const { irVersion } = model;
  const problem = { code: 'model/ir-version', path: 'graph' };
  if (irVersion === undefined || irVersion < 1n) {
    const message = 'The file has no ONNX file version (IR version). It is damaged or not an ONNX model.';
    report({ ...problem, message });
  } else if (irVersion > newestIrVersion) {
    const message =
      `The model has the ONNX file version (IR version) ${irVersion}. The runtime supports versions up to ${newestIrVersion}. ` +
      `In Python, set "model.ir_version = ${newestIrVersion}" before onnx.save, or export it with an older version of ONNX.`;
    report({ ...problem, message });
  }
}

function checkOpsets(imports: readonly OpsetImport[], report: Report): void {
  const versions = new Map<string, bigint>();
  for (const { domain, version } of imports) {
    const name = canonicalDomain(domain) || 'ai.onnx';
    const problem = { code: 'model/opset', path: 'graph' };
    if (version === undefined || version < 1n) {
      report({ ...problem, message: `The model imports the operator set "${name}" without a version.` });
    } else if (versions.has(name) && versions.get(name) !== version) {
      report({
        ...problem,
        message: `The model imports the operator set "${name}" in two versions, ${versions.get(name)} and ${version}.`,
      });
    }
    versions.set(name, version ?? 0n);
  }
}

interface KnownOperators {
  /** Domains that the model imports. */
  readonly domains: ReadonlySet<string>;
  /** Operators that are functions of the model, as `domain:name`. */
  readonly functions: ReadonlySet<string>;
}

/** Returns `undefined` for a file that is too old to state its imports. */
function knownOperators(model: Model): KnownOperators | undefined {
  if ((model.irVersion ?? 0n) < irVersionOfOpsets) return undefined;
  return {
    domains: domainsOf(model.opsetImports),
    functions: new Set(model.functions.map((entry) => `${entry.domain ?? ''}:${entry.name ?? ''}`)),
  };
}

function domainsOf(imports: readonly OpsetImport[]): Set<string> {
  return new Set(imports.map(({ domain }) => canonicalDomain(domain)));
}

function checkDomains(scope: Scope, known: KnownOperators, report: Report): void {
  let outermost = scope;
  while (outermost.parent) outermost = outermost.parent.scope;
  const ownDomains = domainsOf(outermost.function?.opsetImports ?? []);
  const reported = new Set<string>();
  for (const { node, path } of nodesOf(scope)) {
    const domain = canonicalDomain(node.domain);
    if (known.domains.has(domain) || ownDomains.has(domain) || reported.has(domain)) continue;
    if (known.functions.has(`${domain}:${node.opType ?? ''}`)) continue;
    reported.add(domain);
    const message = `The node ${path} uses the operator set "${domain || 'ai.onnx'}", which the model does not import.`;
    report({ code: 'model/opset', path, message });
  }
}

function* tensorsOf(scope: Scope): Generator<{ tensor: Tensor; path: string }> {
  const { graph } = scope;
  for (const tensor of graph?.initializers ?? []) yield { tensor, path: `${scope.path}/${tensor.name ?? ''}` };
  for (const { values, indices } of graph?.sparseInitializers ?? []) {
    const path = `${scope.path}/${values?.name ?? ''}`;
    for (const tensor of [values, indices]) if (tensor) yield { tensor, path };
  }
  for (const { node, path } of nodesOf(scope)) {
    for (const attribute of node.attributes) {
      for (const tensor of attributeTensors(attribute)) if (tensor) yield { tensor, path };
    }
  }
}

function attributeTensors({ t, tensors = [], sparseTensor, sparseTensors = [] }: Attribute): (Tensor | undefined)[] {
  const sparse = [sparseTensor, ...sparseTensors].flatMap((entry) => [entry?.values, entry?.indices]);
  return [t, ...tensors, ...sparse];
}

/**
 * Does a tensor's data fit its shape and type?
 * Reports what is wrong with one tensor; `path` is that of the tensor or of the node that holds it. Reads no data.
 */
function checkTensor(tensor: Tensor, path: string, report: (problem: Problem) => void): void {
  const error = (code: string, message: string): void => report({ code, path, message });
  let count: number;
  try {
    count = elementCount(tensor);
  } catch (reason) {
    if (!isParetoError(reason)) throw reason;
    return error('tensor/shape', `At ${path}: ${reason.message}`);
  }
  const type = tensor.dataType ?? DataType.undefined;
  if (type === DataType.undefined) return error('tensor/type', `The tensor at ${path} has no element type.`);
  if (type === DataType.string) {
    const strings = tensor.stringData?.length ?? 0;
    if (strings !== count) error('tensor/size', sizeMessage(path, tensor, `${count} strings`, `${strings}`));
    return;
  }
  const expected = expectedSizeBytes(tensor);
  // A type newer than this program. Its size is unknown, and the data passes through unchanged.
  if (expected === undefined) return;
  // The data file is not at hand. The code that needs the data reports that.
  if (isExternal(tensor) && !tensor.externalSource) return;
  const stored = storedSizeBytes(tensor);
  if (stored !== expected) error('tensor/size', sizeMessage(path, tensor, `${expected} bytes`, `${stored}`));
}

function sizeMessage(path: string, tensor: Tensor, needed: string, found: string): string {
  const type = dataTypeName(tensor.dataType ?? DataType.undefined);
  return `The tensor at ${path} has the shape [${tensor.dims.join(', ')}] of ${type}, which needs ${needed}, but the file has ${found}.`;
}
