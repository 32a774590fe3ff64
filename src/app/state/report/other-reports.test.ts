import { afterEach, expect, it } from 'vitest';
import { encodeReportFragment } from '../../../engine/report/link-codec';
import { reportOfExample } from '../../../engine/report/testing/report-source';
import { appStore } from '../window/app-store';
import {
  addReportFiles,
  addReportLinks,
  addSharedReport,
  otherReportsStore,
  removeOtherReports,
} from './other-reports';

const report = reportOfExample();
const sources = (): string[] => otherReportsStore.getState().reports.map(({ source }) => source);
/** All texts of notices, because the store keeps only the last notices. */
const told = new Set<string>();
appStore.subscribe(({ notices }) => notices.forEach(({ text }) => told.add(text)));

afterEach(() => {
  removeOtherReports();
  appStore.setState({ notices: [] });
  told.clear();
});

it('takes reports from files and links, and reads only the part after the #', async () => {
  const link = `https://elsewhere.invalid/path${await encodeReportFragment(report)}`;
  await addReportFiles([new File([JSON.stringify(report)], 'phone.json')]);
  await addReportLinks(`${link}\n ${link}`);
  expect(sources()).toEqual(['phone.json', 'link 2', 'link 3']);
  expect(otherReportsStore.getState().reports[1]?.report).toEqual(report);
});

it('refuses other files with a sentence, and keeps valid reports', async () => {
  const hostile = { ...report, variants: [{ ...report.variants[0], name: 'x'.repeat(5000) }] };
  await addReportFiles([
    new File(['{'], 'broken.json'),
    new File(['[]'], 'list.json'),
    new File([JSON.stringify(hostile)], 'hostile.json'),
    new File([new Uint8Array(8_000_001)], 'large.json'),
    new File([JSON.stringify(report)], 'good.json'),
  ]);
  await addReportLinks('https://elsewhere.invalid/#r=1.AAAA nothing');
  expect(sources()).toEqual(['good.json']);
  expect(told.size).toBe(6);
  for (const text of told) expect(text).toMatch(/^[\w. ]+: .*\.$/);
});

it('adds the report of a re-run once, although a link is read anew each time', () => {
  addSharedReport(report);
  addSharedReport(structuredClone(report));
  expect(sources()).toEqual(['the shared report']);
});

it('holds a bounded number', async () => {
  await addReportFiles(Array.from({ length: 18 }, (_, index) => new File([JSON.stringify(report)], `${index}.json`)));
  expect(sources()).toHaveLength(16);
});
