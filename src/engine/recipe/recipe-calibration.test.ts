import { expect, it } from 'vitest';
import type { PassReport } from './optimization';
import { refuseUncalibrated } from './recipe-calibration';

it('names each pass that lacks data once', () => {
  const refusals = [{ code: 'no-data', node: null, reason: 'It needs data.' }];
  const reports = (...ids: string[]) => ids.map((id) => ({ id, refusals })) as unknown as readonly PassReport[];
  expect(() => refuseUncalibrated(reports('smooth', 'smooth'), 'Give data.')).toThrow(
    'smooth needs data, and there is none. Give data.',
  );
  expect(() => refuseUncalibrated(reports('smooth', 'fine-tune'), 'Give data.')).toThrow(
    'smooth and fine-tune need data, and there is none. Give data.',
  );
  expect(() => refuseUncalibrated([], 'Give data.')).not.toThrow();
});
