import { describeFindings } from '../../analysis/tensorrt-rules';
import { runsAlone } from '../../serving/batch-verdict';
import { deploymentName, modelPath, type DeployFacts, type DeployTarget } from '../deploy-facts';
import { shapeRanges } from '../shape-ranges';

/** Nodes that a refusal names. */
const mostNamed = 3;

export const tensorrt: DeployTarget = {
  id: 'tensorrt',
  title: 'TensorRT',
  checkedWith: 'written for trtexec of TensorRT 10 and 11; not run, because there is no GPU here',
  make(facts) {
    const { inputs, tensorrtRules = [] } = facts.inspection;
    const fatal = tensorrtRules.filter(({ isFatal }) => isFatal);
    if (fatal.length > 0) {
      const places = fatal.slice(0, mostNamed).map(({ rule, path, reason }) => `${path}: ${reason} (${rule})`);
      const rest = fatal.length > mostNamed ? ` And ${fatal.length - mostNamed} more.` : '';
      return {
        refusal: `${describeFindings(fatal)} ${places.join(' ')}${rest} Use a float32 variant, or quantize-static with the target tensorrt.`,
      };
    }
    const isPlain = inputs.every(({ name }) => /^[\w./:-]+$/.test(name));
    if (!isPlain)
      return { refusal: 'The names of the inputs cannot be used on the trtexec command line. Rename them first.' };
    const profile = profileOf(facts);
    const text = `#!/bin/sh
# Builds an engine and times it. Needs trtexec of TensorRT 10 or later on the target machine.
set -e
cd "$(dirname "$0")/.."
trtexec --onnx=${modelPath(facts)} --saveEngine=${deploymentName(facts.inspection.file.name)}.plan${profile} \\
  --timingCacheFile=timing.cache --builderOptimizationLevel=3 --profilingVerbosity=detailed
trtexec --loadEngine=${deploymentName(facts.inspection.file.name)}.plan --warmUp=500 --duration=10 --percentile=95,99
`;
    return {
      files: [{ path: 'tensorrt/build.sh', text }],
      notes: [
        'tensorrt/build.sh was written but not run: Pareto had no GPU.',
        profile === ''
          ? 'The shapes of the model are fixed, so the engine supports one batch size.'
          : `The engine supports the shapes between --minShapes and --maxShapes of tensorrt/build.sh. Set them to your sizes.${runsAlone(facts.batching) ? ` One request at a time: ${facts.batching.reason}` : ''}`,
        ...(tensorrtRules.length > 0 ? [describeFindings(tensorrtRules)] : []),
      ],
    };
  },
};

/** Inputs whose sizes are all fixed, scalars among them, belong to no profile. */
function profileOf({ inspection, batching }: DeployFacts): string {
  const free = shapeRanges(inspection, batching).filter(({ isFree }) => isFree);
  if (free.length === 0) return '';
  const shapes = (bound: 'least' | 'usual' | 'most') =>
    free.map((range) => `${range.name}:${range[bound].join('x')}`).join(',');
  return ` \\\n  --minShapes=${shapes('least')} --optShapes=${shapes('usual')} --maxShapes=${shapes('most')}`;
}
