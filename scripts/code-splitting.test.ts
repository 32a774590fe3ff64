import { describe, expect, it } from 'vitest';
import { closureOf, codeSplittingOfPage } from './code-splitting.mjs';

const root = new URL('..', import.meta.url).pathname;

/** `imports`: by paths from the root of the checkout. */
function graphOf(imports: Readonly<Record<string, readonly string[]>>) {
  return {
    getModuleInfo: (id: string) => {
      const found = imports[id.slice(root.length)];
      return found ? { importedIds: found.map((file) => root + file) } : null;
    },
  };
}

describe('closureOf', () => {
  it('follows imports, round a circle too', () => {
    const graph = graphOf({ a: ['b', 'c'], b: ['a'], c: ['d'] });
    const found = [...closureOf(graph, `${root}a`)].map((id) => id.slice(root.length));
    expect(found.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('codeSplittingOfPage', () => {
  const graph = graphOf({
    'src/main.tsx': ['start', 'everywhere'],
    'src/app/ui/window/StudioWithViews.tsx': ['everywhere', 'both', 'studio'],
    'src/app/ui/features/report/ReportScreen.tsx': ['both', 'report'],
    'src/app/bench-page.ts': ['everywhere'],
  });
  const filesOf = (file: string) => codeSplittingOfPage().groups.map(({ name }) => name(root + file, graph));

  it('groups the files of the start, of the studio, and shared by studio and report', () => {
    expect(filesOf('start')).toEqual(['start', null, null]);
    expect(filesOf('both')).toEqual([null, 'shown', 'studio']);
    expect(filesOf('studio')).toEqual([null, null, 'studio']);
    expect(filesOf('report')).toEqual([null, null, null]);
  });

  it('assigns no group to page entries and files shared with another page', () => {
    expect(filesOf('src/app/ui/window/StudioWithViews.tsx')).toEqual([null, null, null]);
    expect(filesOf('everywhere')).toEqual([null, null, null]);
  });
});
