/** Draws the PNG icons from `public/icon.svg`. `node scripts/draw-icons.mjs`, after a change of the drawing. */
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright';
import { locateTestBrowser } from '../src/runtime/node/test-browser.mjs';

const folder = new URL('../public/', import.meta.url);

/** Maskable: the system cuts the icon to a shape of its own, so the ground fills the square and the drawing is smaller. */
const icons = [
  { file: 'icon-180.png', size: 180, maskable: true },
  { file: 'icon-192.png', size: 192, maskable: false },
  { file: 'icon-512.png', size: 512, maskable: false },
  { file: 'icon-maskable-512.png', size: 512, maskable: true },
];

const drawing = await readFile(new URL('icon.svg', folder), 'utf8');
const browser = await chromium.launch(await locateTestBrowser());
try {
  for (const { file, size, maskable } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const inner = maskable ? Math.round(size * 0.8) : size;
    await page.setContent(
      `<style>body { margin: 0; display: grid; place-items: center; height: 100vh; background: ${maskable ? '#17171a' : 'transparent'} }
       svg { width: ${inner}px; height: ${inner}px }</style>${drawing}`,
    );
    await writeFile(new URL(file, folder), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
