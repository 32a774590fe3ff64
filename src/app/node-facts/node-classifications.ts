/** All classifications that color nodes, in the order of menus. */
import type { NodeClassification } from './node-classification';
import { operatorKinds } from './operator-kinds';
import { placementClassifications } from './placement-classes';
import { precisionClasses } from './precision-classes';

export const nodeClassifications: readonly NodeClassification[] = [
  operatorKinds,
  precisionClasses,
  ...placementClassifications,
];
