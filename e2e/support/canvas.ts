/** The canvas that a graph is drawn on, and its content by its colors. */
import type { Locator, Page } from '@playwright/test';

export function canvasOf(page: Page): Locator {
  return page.getByRole('application', { name: /^Graph of / });
}

/** Counts the pixels of a graph that have the color of the selection: none if it is out of sight. */
export async function countSelectedPixels(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const probe = document.createElement('canvas').getContext('2d')!;
    probe.fillStyle = getComputedStyle(element).getPropertyValue('--focus');
    probe.fillRect(0, 0, 1, 1);
    const focus = new Uint32Array(probe.getImageData(0, 0, 1, 1).data.buffer)[0];
    const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    return new Uint32Array(data.buffer).filter((pixel) => pixel === focus).length;
  });
}
