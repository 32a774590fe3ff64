/** Actions on a report: export its text, or run its recipe on another model. */
import { reportToCsv } from '../../../../engine/report/csv';
import { reportToHtml } from '../../../../engine/report/html';
import { reportToMarkdown } from '../../../../engine/report/markdown';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { listSamples } from '../../../platform/samples';
import { withoutModelEnding } from '../../../platform/model-name';
import { saveBlob } from '../../../platform/save-blob';
import { setRerun } from '../../../state/window/app-store';
import { canPassOn } from '../../../state/models/fingerprint';
import { goTo } from '../../../state/workspace/navigation';
import { openSample } from '../../../state/models/open-actions';
import { addSharedReport } from '../../../state/report/other-reports';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';

export type ReportFileKind = 'html' | 'markdown' | 'csv' | 'json';

const endings: Readonly<Record<ReportFileKind, readonly [ending: string, type: string]>> = {
  html: ['html', 'text/html'],
  markdown: ['md', 'text/markdown'],
  csv: ['csv', 'text/csv'],
  json: ['json', 'application/json'],
};

export function saveReport(report: Report, kind: ReportFileKind, variantId: string | undefined): void {
  if (!canPassOn(report)) return;
  const [ending, type] = endings[kind];
  const base = withoutModelEnding(report.model.name).replaceAll(/[^\w.-]+/g, '_');
  saveBlob(new Blob([reportText(report, kind, variantId)], { type }), `${base}.report.${ending}`);
}

function reportText(report: Report, kind: ReportFileKind, variantId: string | undefined): string {
  switch (kind) {
    case 'html':
      return reportToHtml(report, variantId);
    case 'markdown':
      return reportToMarkdown(report, variantId);
    case 'csv':
      return reportToCsv(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}

/**
 * Takes the recipe of a variant over and asks for a model: the reader's own, on the reader's own device. A sample opens by itself. The
 * report is kept for a comparison of both devices.
 */
export async function rerunWithOwnModel(report: Report, variant: ReportVariant): Promise<void> {
  const { model } = report;
  const { name: variantName, recipe } = variant;
  replaceRecipe(recipe, `Recipe of ${variantName}`);
  const variantFile = { sha256: variant.sha256, sizeBytes: variant.sizeBytes.variant };
  setRerun({ variantName, recipe, modelName: model.name, sha256: model.sha256, variantFile });
  addSharedReport(report);
  goTo('start');
  const samples = await listSamples(new AbortController().signal).catch(() => []);
  const sample = samples.find(({ file, sizeBytes }) => file === model.name && sizeBytes === model.sizeBytes);
  if (sample !== undefined) openSample(sample);
}
