import { expect, it } from 'vitest';
import { engines } from '../package.json';
import { leastNode, refusalOfNode } from './run-shell.mjs';

it('refuses each Node below the one that package.json states', () => {
  expect(engines.node).toBe(`>=${leastNode.join('.')}`);
  expect(['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly'].map(refusalOfNode)).toEqual(Array(4).fill(undefined));
  expect(refusalOfNode('18.20.8')).toBe('Pareto needs Node 20.19 or later. This is Node 18.20.8.');
  expect(refusalOfNode('20.9.0')).toContain('20.9.0');
});
