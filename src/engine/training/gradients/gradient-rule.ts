/** The contract of a gradient rule: what an operator's outputs pass back to its inputs, as nodes of the step graph. */
import type { Node, ValueName } from '../../onnx/graph';
import { getAttributeFloat, getAttributeInt, getAttributeInts, getAttributeText } from '../../onnx/traverse';
import type { StaticShape, StepBuilder } from '../step-builder';

/** A sentence for people that says why the gradient of an operator is not available. */
export interface NoGradient {
  readonly reason: string;
}

/** One gradient per input, `undefined` if none is needed or none exists. */
export type InputGradients = readonly (ValueName | undefined)[];

export type GradientRule = (site: GradientSite) => InputGradients | NoGradient;

/** The rules of one family of operators by their names. */
export type GradientFamily = ReadonlyMap<string, GradientRule>;

export interface GradientSiteParts {
  readonly builder: StepBuilder;
  readonly node: Node;
  /** One entry for each input: true if the input depends on a parameter. */
  readonly needs: readonly boolean[];
  /** The gradient that reached each output. */
  readonly gradients: readonly (ValueName | undefined)[];
  /** Elements of an input if they are known before the model runs, of at most 1,024. */
  readonly content: (input: number) => readonly number[] | undefined;
}

/** One node as its rule sees it: `x` its inputs, `y` its outputs, `g` the gradients of its outputs. */
export class GradientSite {
  readonly builder: StepBuilder;
  readonly node: Node;
  readonly #parts: GradientSiteParts;

  constructor(parts: GradientSiteParts) {
    this.#parts = parts;
    this.builder = parts.builder;
    this.node = parts.node;
  }

  needs(input: number): boolean {
    return this.#parts.needs[input] === true;
  }

  x(input: number): ValueName {
    return this.node.inputs[input]!;
  }

  has(input: number): boolean {
    return (this.node.inputs[input] ?? '') !== '';
  }

  y(output = 0): ValueName {
    return this.node.outputs[output]!;
  }

  /** The gradient of the first output. A rule is called only if one of the outputs has a gradient. */
  get g(): ValueName {
    return this.#parts.gradients[0]!;
  }

  gradientOf(output: number): ValueName | undefined {
    return this.#parts.gradients[output];
  }

  shape(input: number): StaticShape {
    return this.builder.shapeOf(this.x(input));
  }

  outputShape(output = 0): StaticShape {
    return this.builder.shapeOf(this.y(output));
  }

  /** Known elements of an input, such as axes and pads; `undefined` if they come with the data. */
  numbers(input: number): readonly number[] | undefined {
    return this.has(input) ? this.#parts.content(input) : undefined;
  }

  int(name: string, otherwise: number): number {
    return getAttributeInt(this.node, name) ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return getAttributeInts(this.node, name);
  }

  float(name: string, otherwise: number): number {
    return getAttributeFloat(this.node, name) ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return getAttributeText(this.node, name) ?? otherwise;
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    return axis < 0 ? axis + rank : axis;
  }

  /** The gradients of the inputs that need one, made when asked for. */
  each(...makers: readonly ((() => ValueName) | undefined)[]): InputGradients {
    return makers.map((make, input) => (this.needs(input) ? make?.() : undefined));
  }
}
