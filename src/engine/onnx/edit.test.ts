import { describe, expect, it } from 'vitest';
import { ModelEditor } from './edit';
import { floatTensor, graph, model, node, valueInfo } from './testing/build';

const two = [1, 2];
const weight = floatTensor('w', two, two);
const unread = floatTensor('unread', two, two);

function chain() {
  const first = node('Add', ['x', 'w'], ['h'], {}, { name: 'first' });
  const second = node('Relu', ['h'], ['y'], {}, { name: 'second' });
  const body = graph({
    nodes: [first, second],
    initializers: [weight, unread],
    inputs: [valueInfo('x', two)],
    outputs: [valueInfo('y', two)],
    valueInfos: [valueInfo('h', two)],
  });
  return { first, second, model: model(body) };
}

describe('ModelEditor', () => {
  it('returns the original object when nothing changed', () => {
    const original = chain().model;
    expect(new ModelEditor(original).finish()).toBe(original);
  });

  it('replaces a node and shares the untouched ones', () => {
    const { first, second, model: original } = chain();
    const editor = new ModelEditor(original);
    editor.graph.replaceNode(first, [node('Neg', ['x'], ['n']), node('Add', ['n', 'w'], ['h'])]);
    const changed = editor.finish();
    expect(changed.graph!.nodes.map((entry) => entry.opType)).toEqual(['Neg', 'Add', 'Relu']);
    expect(changed.graph!.nodes[2]).toBe(second);
    expect(changed.graph!.initializers[0]).toBe(weight);
    expect(original.graph!.nodes).toHaveLength(2);
  });

  it('takes more nodes at once than a call takes arguments', () => {
    const { second, model: original } = chain();
    const many = Array.from({ length: 200_000 }, () => node('Identity', ['x'], ['']));
    const editor = new ModelEditor(original);
    for (let time = 0; time < 2; time++) expect(() => editor.graph.insertBefore(second, many)).not.toThrow();
    expect(() => editor.graph.append(many)).not.toThrow();
  });

  it('removes only nodes and values that the change left without a reader', () => {
    const { first, second, model: original } = chain();
    const editor = new ModelEditor(original);
    editor.graph.replaceNode(second, [node('Relu', ['x'], ['y'])]);
    const changed = editor.finish().graph!;
    expect(changed.nodes).not.toContain(first);
    expect(changed.initializers).toEqual([unread]);
    expect(changed.valueInfos).toEqual([]);
  });

  it('gives names that are free in the graph, around it and below it', () => {
    const inner = graph({ nodes: [node('Relu', ['x'], ['inner'])], outputs: [valueInfo('inner', two)] });
    const outer = graph({
      nodes: [node('If', ['c'], ['y'], { then_branch: inner })],
      inputs: [valueInfo('x', two)],
      outputs: [valueInfo('y', two)],
    });
    const editor = new ModelEditor(model(outer));
    expect(editor.graph.freshValueName('inner')).toBe('inner_1');
    expect(editor.editorOf(inner).freshValueName('x')).toBe('x_1');
    expect(editor.editorOf(inner).freshValueName('free')).toBe('free');
    expect(editor.graph.freshValueName('free')).toBe('free_1');
  });

  it('edits subgraphs, also below a node that is replaced', () => {
    const relu = node('Relu', ['x'], ['inner']);
    const inner = graph({ nodes: [relu], outputs: [valueInfo('inner', two)] });
    const branch = node('If', ['c'], ['y'], { then_branch: inner });
    const outer = graph({ nodes: [branch], inputs: [valueInfo('x', two)], outputs: [valueInfo('y', two)] });
    const editor = new ModelEditor(model(outer));
    editor.editorOf(inner).replaceNode(relu, [node('Neg', ['x'], ['inner'])]);
    editor.graph.replaceNode(branch, [{ ...branch, name: 'renamed' }]);
    const changed = editor.finish().graph!.nodes[0]!;
    expect(changed.name).toBe('renamed');
    expect(changed.attributes[0]!.g!.nodes[0]!.opType).toBe('Neg');
  });

  it('prunes each branch by itself when branches use the same names', () => {
    const branch = () => {
      const constant = node('Constant', [], ['k'], { value: weight });
      const add = node('Add', ['x', 'k'], ['out']);
      return { add, graph: graph({ nodes: [constant, add], outputs: [valueInfo('out', two)] }) };
    };
    const [left, right] = [branch(), branch()];
    const outer = graph({
      nodes: [node('If', ['c'], ['y'], { then_branch: left.graph, else_branch: right.graph })],
      outputs: [valueInfo('y', two)],
    });
    const editor = new ModelEditor(model(outer));
    editor.editorOf(left.graph).replaceNode(left.add, [node('Relu', ['x'], ['out'])]);
    const attributes = editor.finish().graph!.nodes[0]!.attributes;
    expect(attributes[0]!.g!.nodes.map((entry) => entry.opType)).toEqual(['Relu']);
    expect(attributes[1]!.g).toBe(right.graph);
  });

  it('orders appended nodes before their readers', () => {
    const { model: original } = chain();
    const editor = new ModelEditor(original);
    editor.graph.replaceNode(original.graph!.nodes[0]!, [node('Add', ['late', 'w'], ['h'])]);
    editor.graph.append([node('Neg', ['x'], ['late'])]);
    expect(editor.finish().graph!.nodes.map((entry) => entry.opType)).toEqual(['Neg', 'Add', 'Relu']);
  });

  it('drops the graph input of a removed initializer and raises the IR version for added ones', () => {
    const add = node('Add', ['x', 'w'], ['y']);
    const original = model(
      graph({
        nodes: [add],
        initializers: [weight],
        inputs: [valueInfo('x', two), valueInfo('w', two)],
        outputs: [valueInfo('y', two)],
      }),
      { irVersion: 3n },
    );
    const editor = new ModelEditor(original);
    const name = editor.graph.freshValueName('w_new');
    editor.graph.addInitializer({ ...weight, name });
    editor.graph.replaceNode(add, [node('Add', ['x', name], ['y'])]);
    const changed = editor.finish();
    expect(changed.graph!.inputs.map((input) => input.name)).toEqual(['x']);
    expect(changed.irVersion).toBe(4n);
  });

  it('adds and raises operator sets', () => {
    const editor = new ModelEditor(chain().model);
    editor.requireOpset('com.microsoft', 1n);
    editor.requireOpset('', 11n);
    expect(editor.finish().opsetImports).toEqual([
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ]);
  });
});
