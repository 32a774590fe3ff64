import type { GrowingGraph } from './growing-graph';

/** Adds something to a graph, or nothing where no value fits; the numbers choose. */
export type AddStep = (growing: GrowingGraph, first: number, second: number, third: number) => void;
