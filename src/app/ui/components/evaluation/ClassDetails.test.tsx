import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ClassDetails } from './ClassDetails';

/** The text of the component, without markup. */
function textOf(classCount: number): string {
  const names = Array.from({ length: classCount }, (_, index) => `class ${index}`);
  const confusion = names.map((_, row) => names.map((__, column) => (row === column ? 3 : 0)));
  const markup = renderToStaticMarkup(
    <MantineProvider env="test">
      <ClassDetails results={{ names, confusion }} name="INT8" />
    </MantineProvider>,
  );
  return markup.replaceAll(/<style.*?<\/style>/gs, '').replaceAll(/<[^>]*>/g, '');
}

const elsewhere =
  'The confusion matrix is shown for up to 20 classes. On the command line, pareto evaluate prints it for up to 100 with --confusion.';

describe('ClassDetails', () => {
  it('links to the matrix of many classes', () => {
    const text = textOf(21);
    expect(text).toContain(elsewhere);
    expect(text).toContain('Classes, worst first');
  });

  it('shows the matrix of few classes and says no more', () => {
    const text = textOf(20);
    expect(text).not.toContain(elsewhere);
    expect(text).toContain('True class');
  });
});
