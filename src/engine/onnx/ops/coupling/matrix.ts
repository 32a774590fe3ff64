/** Products of matrices: the inner axis is one of both operands. */
import type { AxisAtoms } from '../../coupling/atoms';
import { broadcastAtoms, joinAxes, lockAll, workOver, type CouplingRule, type ValueAtoms } from './coupling-rule';

export const coupleGemm: CouplingRule = (context) => {
  const { facts } = context;
  const [a, b] = [context.atoms(0), context.atoms(1)];
  if (a?.length !== 2 || b?.length !== 2) return lockAll(context, 'The shape of one of its matrices is unknown.');
  const transB = facts.int('transB') === 1;
  const [rows, inner] = facts.int('transA') === 1 ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [consumed, produced] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  joinAxes(context, inner, consumed);
  const bias = context.atoms(2);
  const biasShape = facts.shape(2);
  let outputs: ValueAtoms = [rows, produced];
  if (bias !== undefined && biasShape !== undefined) {
    const shape = [null, null];
    outputs = broadcastAtoms(context, [
      { atoms: outputs, shape },
      { atoms: bias, shape: biasShape },
    ]);
  }
  const right = transB ? { consumes: 1, produces: 0 } : { consumes: 0, produces: 1 };
  const left = facts.int('transA') === 1 ? { consumes: 0, produces: 1 } : { consumes: 1, produces: 0 };
  return {
    outputs: [outputs],
    weights: [
      { input: 1, ...right },
      { input: 0, reads: 1, ...left },
    ],
    work: workOver(rows, consumed, produced),
  };
};

export const coupleMatMul: CouplingRule = (context) => {
  const { facts } = context;
  const [a, b] = [context.atoms(0), context.atoms(1)];
  const [shapeA, shapeB] = [facts.shape(0), facts.shape(1)];
  if (!a?.length || !b?.length || shapeA === undefined || shapeB === undefined) {
    return lockAll(context, 'The shape of one of its matrices is unknown.');
  }
  const inner = a.at(-1)!;
  const consumed = b.length > 1 ? b.at(-2)! : b[0]!;
  joinAxes(context, inner, consumed);
  const batch = broadcastAtoms(context, [
    { atoms: a.slice(0, -2), shape: shapeA.slice(0, -2) },
    { atoms: b.slice(0, -2), shape: shapeB.slice(0, -2) },
  ]);
  const rows: readonly AxisAtoms[] = a.length > 1 ? [a.at(-2)!] : [];
  const columns: readonly AxisAtoms[] = b.length > 1 ? [b.at(-1)!] : [];
  return {
    outputs: [[...batch, ...rows, ...columns]],
    weights: [
      { input: 1, consumes: Math.max(0, b.length - 2), ...(b.length > 1 && { produces: b.length - 1 }) },
      { input: 0, reads: 1, consumes: a.length - 1, ...(a.length > 1 && { produces: a.length - 2 }) },
    ],
    work: workOver(...batch, ...rows, consumed, ...columns),
  };
};
