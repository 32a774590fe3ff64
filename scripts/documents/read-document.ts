/** Reads Markdown: its blocks of code, its links, its headings, and the command lines that it shows. */

export interface CodeBlock {
  /** What stands behind the fence: `sh`, `console lines=1-3`. */
  readonly info: string;
  readonly content: string;
}

const fence = /^( *)```([^\n`]*)\n([^]*?)^ *```$/gm;

export function blocksOf(text: string): readonly CodeBlock[] {
  return [...text.matchAll(fence)].map(([, , info, content]) => ({ info: info!.trim(), content: content! }));
}

export function withoutBlocks(text: string): string {
  return text.replaceAll(fence, '');
}

export interface Link {
  /** Empty: a heading of the same page. */
  readonly file: string;
  readonly anchor: string | undefined;
}

/** Links to files of the checkout, pictures too. */
export function linksIn(text: string): readonly Link[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, file, anchor]) => ({
    file: file!,
    anchor,
  }));
}

/** As GitHub makes them: lower case, no punctuation, hyphens for spaces. */
export function headingAnchors(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Each command line of blocks and of code within sentences, on one line. */
export function commandLinesIn(text: string): readonly string[] {
  const ofBlocks = blocksOf(text)
    .filter(({ info }) => /^(sh|bash|console|yaml)\b/.test(info))
    .flatMap(({ content }) =>
      content
        .replaceAll(/\\\n\s*/g, ' ')
        .replaceAll(/>\n\s+(?=node )/g, '')
        .split('\n'),
    );
  const ofSentences = [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replaceAll(/\s+/g, ' '));
  return [...ofBlocks, ...ofSentences].map((line) => line.trim());
}
