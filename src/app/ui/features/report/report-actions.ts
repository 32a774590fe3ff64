/** What can be done with a report: take its text along, or do the same to a model of one's own. */
import { reportToCsv } from '../../../../engine/report/csv';
import { reportToMarkdown } from '../../../../engine/report/markdown';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { withoutModelEnding } from '../../../platform/model-name';
import { saveBlob } from '../../../platform/save-blob';
import { setRerun } from '../../../state/window/app-store';
import { canPassOn } from '../../../state/models/fingerprint';
import { goTo } from '../../../state/workspace/navigation';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';

export type ReportFileKind = 'markdown' | 'csv' | 'json';

const endings: Readonly<Record<ReportFileKind, readonly [ending: string, type: string]>> = {
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
    case 'markdown':
      return reportToMarkdown(report, variantId);
    case 'csv':
      return reportToCsv(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
  }
}

/** Takes the recipe of a variant over and asks for a model: the reader's own, on the reader's own device. */
export function rerunWithOwnModel({ model }: Report, variant: ReportVariant): void {
  replaceRecipe(variant.recipe, `Recipe of ${variant.name}`);
  setRerun({ variantName: variant.name, modelName: model.name, sha256: model.sha256 });
  goTo('start');
}
