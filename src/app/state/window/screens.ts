/**
 * The screens, one record each: the address, the navigation, the palette, the keyboard, and the restore after a reload
 * all read it. The content of a screen is in `ui/window/Screens.tsx`, whose type requires every one.
 */

interface ScreenRecord {
  /** The label in the navigation. A screen without it is reached otherwise. */
  readonly label?: string;
  /** It is about a model: without one it leads to the start, and a reload brings the last work back for it. */
  readonly needsModel: boolean;
  /** The name in the palette: "Go to the studio". */
  readonly command: string;
  readonly keywords: readonly string[];
  /** Pressed after `G`. */
  readonly key: string;
}

const records = {
  start: { needsModel: false, command: 'Go to the start', keywords: ['home', 'samples', 'recent work'], key: 'H' },
  studio: {
    label: 'Studio',
    needsModel: true,
    command: 'Go to the studio',
    keywords: ['recipe', 'compare'],
    key: 'S',
  },
  data: {
    label: 'Data',
    needsModel: true,
    command: 'Go to the data',
    keywords: ['accuracy', 'mapping', 'preprocessing', 'samples'],
    key: 'D',
  },
  benchmark: {
    label: 'Benchmark',
    needsModel: true,
    command: 'Go to the benchmark',
    keywords: ['measure', 'matrix'],
    key: 'B',
  },
  serving: {
    label: 'Serving',
    needsModel: true,
    command: 'Go to the serving lab',
    keywords: ['server', 'simulate', 'batching', 'queue', 'cache', 'load', 'throughput'],
    key: 'V',
  },
  report: { label: 'Report', needsModel: true, command: 'Go to the report', keywords: ['share', 'link'], key: 'R' },
} satisfies Readonly<Record<string, ScreenRecord>>;

export type Screen = keyof typeof records;

/** Screens in the order of the navigation. */
export const screens = Object.entries(records).map(([id, record]) => ({
  id: id as Screen,
  ...(record as ScreenRecord),
}));

/** `undefined` for a name that no screen has. */
export function screenByName(name: string): (typeof screens)[number] | undefined {
  return screens.find(({ id }) => id === name);
}

export function needsModel(screen: Screen): boolean {
  return records[screen].needsModel;
}
