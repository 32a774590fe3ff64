/**
 * Between opsets 21 and 23, operators of the default domain only gained types and optional attributes (ONNX Operator
 * Changelog). ONNX Runtime (1.30 and 1.32) has no kernels for some of the new versions, though: converted, the model would
 * not run.
 */
import type { OperatorUpgrades } from './operator-upgrade';

const withoutKernel =
  'Bernoulli GlobalLpPool MaxRoiPool Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike RoiAlign'.split(
    ' ',
  );

export const upgradesToOpset23: OperatorUpgrades = new Map(
  withoutKernel.map((name) => [name, { since: 22n, convert: () => 'has no kernel in ONNX Runtime from opset 22 on' }]),
);
