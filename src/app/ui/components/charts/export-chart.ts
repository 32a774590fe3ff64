/** A drawn chart as a file. Colors and fonts are written into the copy, because outside of the page no style sheet reaches it. */

import { wrapText } from './wrap-text';

const copiedProperties = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  // Without this, the halo of a label covers it.
  'paint-order',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
  'text-anchor',
  'letter-spacing',
] as const;

/** Pixels of a PNG per unit, so that it is sharp in a document too. */
const pixelDensity = 2;
const padding = 24;
const titleLine = 24;
const subtitleLine = 18;
const namespace = 'http://www.w3.org/2000/svg';

export interface ChartCaption {
  readonly title: string;
  readonly subtitle: string;
}

/** The chart with its title, on the page's surface, as the text of an SVG file. */
export function chartToSvg(chart: SVGSVGElement, caption: ChartCaption): string {
  const { width, height } = sizeOf(chart);
  // Widths of a character at the sizes of title and subtitle: SVG text does not wrap by itself.
  const titles = wrapText(caption.title, Math.floor(width / 9.5));
  const subtitles = wrapText(caption.subtitle, Math.floor(width / 6.3));
  const titleHeight = titles.length * titleLine + subtitles.length * subtitleLine + 12;
  const page = getComputedStyle(chart);
  const outer = document.createElementNS(namespace, 'svg');
  setAttributes(outer, {
    xmlns: namespace,
    width: width + 2 * padding,
    height: height + 2 * padding + titleHeight,
    viewBox: `0 0 ${width + 2 * padding} ${height + 2 * padding + titleHeight}`,
    'font-family': page.fontFamily,
  });
  const surface = resolveColor(chart, '--surface');
  outer.append(createElement('rect', { width: '100%', height: '100%', fill: surface }));
  const text = resolveColor(chart, '--text');
  const muted = resolveColor(chart, '--text-muted');
  titles.forEach((line, index) => {
    outer.append(
      textLine(line, { y: padding + 12 + index * titleLine, 'font-size': 18, 'font-weight': 600, fill: text }),
    );
  });
  const subtitleY = padding + 10 + titles.length * titleLine;
  subtitles.forEach((line, index) => {
    outer.append(textLine(line, { y: subtitleY + index * subtitleLine, 'font-size': 12, fill: muted }));
  });
  const copy = copyWithStyles(chart);
  setAttributes(copy, { x: padding, y: padding + titleHeight, width, height });
  outer.append(copy);
  return new XMLSerializer().serializeToString(outer);
}

/** The same picture in pixels. */
export async function svgToPng(svg: string): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * pixelDensity;
    canvas.height = image.naturalHeight * pixelDensity;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be drawn.')) : resolve(blob)));
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function sizeOf(chart: SVGSVGElement): { readonly width: number; readonly height: number } {
  const box = chart.getBoundingClientRect();
  return { width: Math.ceil(box.width), height: Math.ceil(box.height) };
}

function copyWithStyles(chart: SVGSVGElement): SVGSVGElement {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [chart, ...chart.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const target = copies[index];
    if (target === undefined) return;
    const style = getComputedStyle(original);
    for (const property of copiedProperties) {
      const value = style.getPropertyValue(property);
      if (value !== '') target.setAttribute(property, value);
    }
    for (const name of ['class', 'style', 'tabindex', 'role', 'aria-label', 'aria-expanded'])
      target.removeAttribute(name);
  });
  // Marks of the interaction (focus, hit areas) belong to the page only.
  for (const element of copy.querySelectorAll('[data-page-only]')) element.remove();
  return copy;
}

/** The tokens are plain hex colors, so the text of the property is the color. */
function resolveColor(within: Element, name: string): string {
  return getComputedStyle(within).getPropertyValue(name).trim() || '#000';
}

function createElement(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(namespace, tag);
  setAttributes(element, attributes);
  return element;
}

function textLine(content: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = createElement('text', { x: padding, ...attributes });
  element.textContent = content;
  return element;
}

function setAttributes(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
