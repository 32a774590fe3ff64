/** The changed samples of an evaluation as one HTML page. It loads nothing and runs nothing. */
import { formatPercent } from '../format';
import { pictureUri } from '../data/pictures/encode-png';
import type { ChangedSamples, SampleAnswer, SampleChange } from '../metrics/changes/changed-sample';
import { describeAnswer, describeChanges } from '../metrics/changes/describe-changes';
import { changedWords, drawnBoxes, mapPixels, wavePath, type ShownInput } from '../metrics/changes/draw-answers';
import { escapeHtml, htmlPage } from './html-page';
import type { Report } from './report-schema';

export interface ChangedPageFacts {
  readonly title: string;
  readonly changes: ChangedSamples;
  /** Names of the original and of the variant. */
  readonly names: readonly [string, string];
}

/** The largest picture of a page, in bytes. */
const mostUriBytes = 40_000;
const colors = ['#68758a', '#b4560f'] as const;

const style = `
ol.samples { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); list-style: none; padding: 0; }
ol.samples > li { border: 1px solid #8886; border-radius: 6px; padding: 12px; min-width: 0; }
.shown { display: grid; }
.shown > * { grid-area: 1 / 1; height: 200px; image-rendering: pixelated; object-fit: contain; width: 100%; }
.text { margin: 0; overflow: auto; overflow-wrap: anywhere; white-space: pre-wrap; }
.answers { display: grid; gap: 12px; grid-template-columns: 1fr 1fr; margin: 12px 0 0; }
.answers dd { margin: 0; overflow-wrap: anywhere; }
.bar { background: linear-gradient(#8885, #8885) no-repeat left; display: flex; justify-content: space-between; padding: 0 4px; }
.answers svg, .answers img { height: 64px; width: 100%; image-rendering: pixelated; object-fit: contain; }
dt, .place { opacity: 0.75; }
`;

/** Writes the page. `inputOf` reads a sample; without a result its place alone is shown. */
export async function changedSamplesPage(
  { title, changes, names }: ChangedPageFacts,
  inputOf: (index: number) => Promise<ShownInput | undefined>,
): Promise<string> {
  const items: string[] = [];
  for (const change of changes.samples) {
    items.push(`<li>${sampleHtml(change, (await inputOf(change.index)) ?? {}, names)}</li>`);
  }
  return htmlPage(title, style, [
    `<h1>${escapeHtml(describeChanges(changes))}</h1>`,
    `<p>${escapeHtml(`${names[1]} against ${names[0]}, largest change first.`)}</p>`,
    `<ol class="samples">${items.join('\n')}</ol>`,
  ]);
}

/** The ticked samples of a report as a part of its page; empty without any. */
export function reportedSamplesHtml({ samples = [], variants }: Pick<Report, 'samples' | 'variants'>): string {
  if (samples.length === 0) return '';
  const items = samples.map(({ variant, change, ...input }) => {
    const name = variants.find(({ id }) => id === variant)?.name ?? variant;
    return `<li>${sampleHtml(change, input, ['original', name])}</li>`;
  });
  return `<style>${style}</style><h2>Changed samples</h2><ol class="samples">${items.join('')}</ol>`;
}

const outcomes = { gained: 'Gained', lost: 'Lost' } as const;

/** A picture in pixels, or as it stands in a report. */
type PageInput = Omit<ShownInput, 'picture'> & {
  readonly picture?: ShownInput['picture'] | NonNullable<Report['samples']>[number]['picture'];
};

function sampleHtml(change: SampleChange, input: PageInput, names: readonly [string, string]): string {
  const { place, outcome, label, before, after } = change;
  const facts = [place, ...(outcome ? [outcomes[outcome]] : []), ...(label === undefined ? [] : [`label: ${label}`])];
  const sides = [
    [names[0], answerHtml(before, after, colors[0])],
    [names[1], answerHtml(after, before, colors[1])],
  ] as const;
  const answers = sides.map(([name, html]) => `<div><dt>${escapeHtml(name)}</dt><dd>${html}</dd></div>`);
  return [
    `<p class="place">${escapeHtml(facts.join(' · '))}</p>`,
    inputHtml(change, input),
    `<dl class="answers">${answers.join('')}</dl>`,
  ].join('');
}

function inputHtml(change: SampleChange, { picture, text }: PageInput): string {
  if (picture === undefined) return text === undefined ? '' : `<p class="text">${escapeHtml(text)}</p>`;
  const image = imageHtml(picture, `Input of ${change.place}`);
  return `<div class="shown">${image}${change.before.kind === 'boxes' ? boxesSvg(change, picture) : ''}</div>`;
}

function imageHtml(picture: NonNullable<PageInput['picture']>, label: string): string {
  const uri = 'uri' in picture ? picture.uri : pictureUri(picture, mostUriBytes);
  return `<img src="${uri}" alt="${escapeHtml(label)}">`;
}

/** Boxes of both models: dashed if one finds them. */
function boxesSvg(change: SampleChange, size: { readonly width: number; readonly height: number }): string {
  const rects = drawnBoxes(change, size).flatMap((boxes, side) =>
    boxes.map(({ x, y, width, height, single }) => {
      const line = single ? 'stroke-width="3" stroke-dasharray="5 3"' : 'stroke-width="1.5"';
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${colors[side]}" ${line} vector-effect="non-scaling-stroke"/>`;
    }),
  );
  return `<svg viewBox="0 0 ${size.width} ${size.height}" aria-hidden="true">${rects.join('')}</svg>`;
}

function answerHtml(answer: SampleAnswer, other: SampleAnswer, color: string): string {
  switch (answer.kind) {
    case 'classes':
      return answer.classes
        .map(({ name, share }) => {
          const text = `<span>${escapeHtml(name)}</span><span>${formatPercent(share, 0)}</span>`;
          const bold = name === answer.answer ? ';font-weight:600' : '';
          return `<div class="bar" style="background-size:${(share * 100).toFixed(1)}% 100%${bold}">${text}</div>`;
        })
        .join('');
    case 'text': {
      const [start, changed, end] = changedWords(answer.text, other.kind === 'text' ? other.text : '');
      const marked = changed === '' ? '' : `<mark>${escapeHtml(changed)}</mark>`;
      return answer.text === '' ? '(empty)' : `${escapeHtml(start)}${marked}${escapeHtml(end)}`;
    }
    case 'map':
      return imageHtml(mapPixels(answer), describeAnswer(answer));
    case 'wave': {
      const { columns, path } = wavePath(answer.values);
      const label = escapeHtml(describeAnswer(answer));
      return `<svg viewBox="0 0 ${columns} 64" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="${path}" fill="${color}"/></svg>`;
    }
    default:
      return escapeHtml(describeAnswer(answer));
  }
}
