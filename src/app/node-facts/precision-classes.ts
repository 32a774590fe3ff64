/** Nodes by the element type of their weights: types that cost alike have one color. */
import type { NodeClass, NodeClassification } from './node-classification';
import { perObject } from '../state/workspace/per-object';

interface PrecisionClass extends NodeClass {
  readonly dtypes: RegExp;
}

const classes: readonly PrecisionClass[] = [
  { title: '32 bits and more', hue: 'compute', dtypes: /^(float32|float64|u?int32|u?int64)$/ },
  { title: '16 bits', hue: 'activate', dtypes: /16$/ },
  { title: '8 bits', hue: 'normalize', dtypes: /^(u?int8|float8.*|bool)$/ },
  { title: '4 bits and fewer', hue: 'quantize', dtypes: /(int4|int2|float4.*)$/ },
];

export const precisionClasses: NodeClassification = {
  id: 'precision',
  title: 'Precision',
  classes,
  withoutClass: 'no weights: no color',
  classesOf: perObject(({ graphs }) => {
    const byPath = new Map<string, NodeClass>();
    for (const { items } of graphs) {
      for (const { path, precision } of items) {
        const found = precision === null ? undefined : classes.find(({ dtypes }) => dtypes.test(precision));
        if (found !== undefined) byPath.set(path, found);
      }
    }
    return byPath;
  }),
};
