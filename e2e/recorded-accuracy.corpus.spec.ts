import { expectRecordedAccuracy } from './support/recorded-accuracy.ts';
import { test } from './support/test.ts';

for (const id of ['fashion-transformer', 'fashion-lstm']) {
  test(`${id} is as often right in the page as in the script that trained it`, async ({ page }) => {
    await expectRecordedAccuracy(page, id);
  });
}
