import { deploymentName, hasFreeBatch, modelPath, type DeployTarget } from '../deploy-facts';

/** What TensorRT's importer has no operator for (onnx-tensorrt operators.md). */
const unknown = new Set(['DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger', 'QLinearConv', 'QLinearMatMul']);

export const tensorrt: DeployTarget = {
  id: 'tensorrt',
  title: 'TensorRT',
  checkedWith: 'written for trtexec of TensorRT 10 and 11; not run here, which has no GPU',
  make(facts) {
    const { nodes, inputs } = facts.inspection;
    const odd = nodes.find(({ op, domain }) => unknown.has(op) || domain === 'com.microsoft');
    if (odd !== undefined) {
      return {
        refusal: `TensorRT has no operator ${odd.op} (${odd.path}). Make a float or a static QDQ variant with int8 activations.`,
      };
    }
    const shapes = (batch: number): string =>
      inputs
        .map(
          ({ name, shape }) =>
            `${name}:${(shape ?? []).map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? batch : 1)).join('x')}`,
        )
        .join(',');
    const isPlain = inputs.every(({ name }) => /^[\w./:-]+$/.test(name));
    if (!isPlain)
      return { refusal: 'The names of the inputs cannot be written on a command line of trtexec. Rename them first.' };
    const isFree = inputs.some(({ shape }) => shape?.some((size) => typeof size !== 'number'));
    const profile = isFree ? ` \\\n  --minShapes=${shapes(1)} --optShapes=${shapes(8)} --maxShapes=${shapes(32)}` : '';
    const text = `#!/bin/sh
# Builds an engine and times it. Needs trtexec of TensorRT 10 or later on the machine that serves.
set -e
cd "$(dirname "$0")/.."
trtexec --onnx=${modelPath(facts)} --saveEngine=${deploymentName(facts.inspection.file.name)}.plan${profile} \\
  --timingCacheFile=timing.cache --builderOptimizationLevel=3 --profilingVerbosity=detailed
trtexec --loadEngine=${deploymentName(facts.inspection.file.name)}.plan --warmUp=500 --duration=10 --percentile=95,99
`;
    const hasUint8 = nodes.some(({ op }) => op === 'QuantizeLinear');
    return {
      files: [{ path: 'tensorrt/build.sh', text }],
      notes: [
        'tensorrt/build.sh was generated and not run: Pareto had no GPU.',
        ...(hasFreeBatch(facts.inspection)
          ? []
          : ['The shapes of the model are fixed: the engine takes one batch size.']),
        ...(hasUint8
          ? [
              'TensorRT takes uint8 activations for int8 and saturates at 127: only QDQ variants with symmetric int8 activations keep their answers. Compare with evidence/recorded.json.',
            ]
          : []),
      ],
    };
  },
};
