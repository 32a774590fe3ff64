import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { EvaluationTask } from '../../../../engine/data/mapping/mapping';
import type { ClassOrder } from '../../../state/data/data-classes';
import { ClassOrderFields } from './ClassOrderFields';

const binary: EvaluationTask = { kind: 'binary', output: 'y', threshold: 0.5 };
const orderOf = (names: readonly string[] | null, more: Partial<ClassOrder> = {}): ClassOrder => ({
  ...{
    names,
    isGiven: false,
    isDeclared: false,
    missing: [],
    areOnlyNames: false,
    areUnknownTexts: false,
    unnamed: 0,
    areCharacters: false,
    isYesOrNo: false,
    byNumber: null,
  },
  ...more,
});
const markupOf = (order: ClassOrder, task?: EvaluationTask) =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <ClassOrderFields order={order} task={task} known={[]} />
    </MantineProvider>,
  );
const species = (count: number) => Array.from({ length: count }, (_, index) => `species ${index}`);

describe('ClassOrderFields', () => {
  it('lists up to 200 classes to be moved, and edits longer lists as text', () => {
    expect(markupOf(orderOf(species(200))).match(/<li/g)).toHaveLength(200);
    const long = markupOf(orderOf(species(201)));
    expect(long).not.toContain('<li');
    expect(long).toContain('201 classes');
    expect(long).toContain('Edit as text');
  });

  it('says that the output has more scores than the data has classes', () => {
    expect(markupOf(orderOf(['ant', 'bee'], { unnamed: 8 }))).toContain(
      'The output has 10 scores, the data 2 classes.',
    );
    expect(markupOf(orderOf(['ant', 'bee']))).not.toContain('scores');
  });

  it('offers the order by number if it differs', () => {
    expect(markupOf(orderOf(['10', '9'], { byNumber: ['9', '10'] }))).toContain('Sort by number');
    expect(markupOf(orderOf(['9', '10']))).not.toContain('Sort by number');
  });

  it('asks which class is yes, and begins with the second', () => {
    const markup = markupOf(orderOf(['cat', 'dog'], { isYesOrNo: true }), binary);
    expect(markup).toContain('Yes means');
    expect(markup).toMatch(/<input[^>]*value="dog"/);
    expect(markup).toContain('the first is no, the second is yes');
    const chosen = markupOf(orderOf(['cat', 'dog'], { isYesOrNo: true }), { ...binary, positive: 'cat' });
    expect(chosen).toMatch(/<input[^>]*value="cat"/);
    expect(chosen).not.toContain('the second is yes');
    expect(markupOf(orderOf(['cat', 'dog']))).not.toContain('Yes means');
  });

  it('calls only a sorted order sorted, and warns of it', () => {
    const warning = 'Reorder them if the model was trained with another order.';
    const sorted = markupOf(orderOf(['apple', 'zebra']));
    expect(sorted).toContain('sorted by name');
    expect(sorted).toContain(warning);
    const declared = markupOf(orderOf(['zebra', 'apple'], { isDeclared: true }));
    expect(declared).toContain('Numbered by the data: the first is output 0.');
    for (const order of [declared, markupOf(orderOf(['zebra', 'apple'], { isGiven: true }))]) {
      expect(order).not.toContain('sorted by name');
      expect(order).not.toContain(warning);
    }
  });

  it('says of numbers that they are the outputs, and never of texts', () => {
    expect(markupOf(orderOf(null, { areOnlyNames: true }))).toContain('Label 0 is output 0');
    const texts = markupOf(orderOf(null, { areUnknownTexts: true }));
    expect(texts).not.toContain('Label 0 is output 0');
    expect(texts).toContain('List the classes, output 0 first.');
  });

  it('asks for the positive label if labels are numbers, and for no order', () => {
    const markup = markupOf(orderOf(null, { isYesOrNo: true, areOnlyNames: true }), { ...binary, positive: '-1' });
    expect(markup).toContain('Yes means label');
    expect(markup).toMatch(/<input[^>]*value="-1"/);
    expect(markup).not.toContain('Class order');
  });
});
