/** Operators that work element by element: whatever lies at the same place goes together. */
import { isFloatDataType } from '../../data-type';
import { broadcastAtoms, joinAxes, keepNumbers, lockAll, lockAxis, type CouplingRule } from './coupling-rule';
import { axisFromFront, opsetOfBroadcasting } from '../operator';

export const coupleSamePlaces: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  return { outputs: context.facts.node.outputs.map(() => atoms) };
};

/** Integers that become fractions are no longer sizes. */
export const coupleCast: CouplingRule = (context) => {
  const { facts } = context;
  if (!isFloatDataType(facts.elementType(0) ?? 0) && isFloatDataType(facts.int('to') ?? 0)) keepNumbers(context, 0);
  return coupleSamePlaces(context);
};

export const coupleBroadcast: CouplingRule = (context) => {
  const operands = context.facts.node.inputs.map((_, input) => ({
    atoms: context.atoms(input),
    shape: context.facts.shape(input),
  }));
  if (operands.some(({ atoms, shape }) => atoms === undefined || shape === undefined)) {
    return lockAll(context, 'The shape of one of its inputs is unknown.');
  }
  return {
    outputs: [
      broadcastAtoms(
        context,
        operands as {
          atoms: NonNullable<(typeof operands)[0]['atoms']>;
          shape: NonNullable<(typeof operands)[0]['shape']>;
        }[],
      ),
    ],
  };
};

/** The same for operators that are older than broadcasting: before, operands of one rank alone lie as they do since. */
export const coupleSpread: CouplingRule = (context) => {
  const { facts } = context;
  const ranks = new Set(facts.inputs.map(({ shape }) => shape?.length));
  return facts.opset < opsetOfBroadcasting && ranks.size > 1
    ? lockAll(context, 'It broadcasts its second input as operators did before opset 7.')
    : coupleBroadcast(context);
};

/** Every position of the axis takes part in each result. */
export const coupleAlongAxis =
  (defaultAxis: (opset: number) => number, coerces: boolean): CouplingRule =>
  (context) => {
    const atoms = context.atoms(0);
    const { facts } = context;
    const axis = atoms && axisFromFront(facts.int('axis') ?? defaultAxis(facts.opset), atoms.length);
    if (atoms === undefined || axis === undefined) return lockAll(context, 'Its axis is unknown.');
    const last = coerces && facts.opset < 13 ? atoms.length : axis + 1;
    const reason = `${facts.node.opType} compares all of them with each other.`;
    return {
      outputs: facts.node.outputs.map(() =>
        atoms.map((entry, at) => (at >= axis && at < last ? lockAxis(context, entry, reason) : entry)),
      ),
    };
  };

/** Scale and zero point of an axis belong to its positions. */
export const coupleQuantization: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const { facts } = context;
  if (context.constant(0)) return lockAll(context, 'Its weight is quantized: prune channels before quantization.');
  const axis = atoms && axisFromFront(facts.int('axis') ?? 1, atoms.length);
  if (atoms === undefined || facts.int('block_size')) return lockAll(context, 'Its scales belong to blocks.');
  for (const input of [1, 2]) {
    const scale = context.atoms(input);
    if (scale?.length === 1 && facts.shape(input)?.[0] !== 1 && axis !== undefined) {
      joinAxes(context, atoms[axis]!, scale[0]!);
    }
  }
  return { outputs: [atoms] };
};

/** Activations of ONNX Runtime add their second input first, if they have one. */
export const coupleAfterBias: CouplingRule = (context) =>
  context.facts.has(1) ? coupleBroadcast(context) : coupleSamePlaces(context);
