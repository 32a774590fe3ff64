/** A whole report, read from top to bottom: the sentence, the numbers, the comparison, each cell, what was done, on what. */
import { useMemo, useState } from 'react';
import { headline } from '../../../../engine/report/headline';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { Banner } from '../../components/Banner';
import { formatMoment } from '../../components/charts/cell-evidence';
import { findCell, measuredProviders, openingVariant } from '../../../../engine/report/find-in-report';
import { headlineFacts } from '../../../../engine/report/headline-facts';
import { ReportComparison } from '../../components/charts/ReportComparison';
import { AccuracyMetric } from '../../components/tiles/AccuracyMetric';
import { LatencyMetric } from '../../components/tiles/LatencyMetric';
import { MatchMetric } from '../../components/tiles/MatchMetric';
import { SizeMetric } from '../../components/tiles/SizeMetric';
import { VariantDot } from '../../components/VariantDot';
import { colourOfIndex, originalColour } from '../../theme/variant-colour';
import { ReportAccuracy } from './ReportAccuracy';
import { ReportButtons, type ReportOrigin } from './ReportButtons';
import { ReportCells } from './ReportCells';
import { ReportConditions } from './ReportConditions';
import classes from './ReportDocument.module.css';
import { ReportRecipe } from './ReportRecipe';
import { ReportSearch } from './ReportSearch';

interface ReportDocumentProps {
  readonly report: Report;
  readonly origin: ReportOrigin;
  readonly colourOf?: (id: string) => string;
}

function colourByPlace(report: Report, id: string): string {
  const place = report.variants.findIndex((variant) => variant.id === id);
  return place === -1 ? originalColour : colourOfIndex(place);
}

export function ReportDocument({ report, origin, colourOf }: ReportDocumentProps) {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const variant = report.variants.find(({ id }) => id === chosen) ?? openingVariant(report);
  const colour = useMemo(() => colourOf ?? ((id: string) => colourByPlace(report, id)), [colourOf, report]);
  const options = useMemo(() => ({ colourOf: colour }), [colour]);
  return (
    <article className={classes.report}>
      <header className={classes.head}>
        <p className={classes.kicker}>
          <span className={classes.model}>{report.model.name}</span>
          <span>{formatMoment(report.createdAt)}</span>
        </p>
        <h1 className={classes.headline} data-testid="report-headline">
          {headline(headlineFacts(report, variant?.id))}
        </h1>
        {(report.notes ?? []).map((note) => (
          <Banner key={note} kind="notice">
            {note}
          </Banner>
        ))}
        <ReportButtons report={{ ...report, selected: variant?.id }} origin={origin} variant={variant} />
      </header>
      {report.variants.length > 1 ? (
        <VariantChoice report={report} chosen={variant?.id} colourOf={colour} onChoose={setChosen} />
      ) : null}
      {variant === undefined ? null : <Tiles report={report} variant={variant} />}
      <section className={classes.block} aria-label="Comparison">
        <ReportComparison report={report} options={options} />
      </section>
      {report.search === undefined ? null : (
        <ReportSearch report={report} search={report.search} colourOf={colour} className={classes.search} />
      )}
      <ReportCells report={report} colourOf={colour} />
      {variant === undefined ? null : <ReportAccuracy report={report} variant={variant} className={classes.accuracy} />}
      {variant === undefined ? null : <ReportRecipe variant={variant} />}
      <ReportConditions report={report} />
    </article>
  );
}

function Tiles({ report, variant }: { readonly report: Report; readonly variant: ReportVariant }) {
  const cells = measuredProviders(report).flatMap((ep) => findCell(report, variant.id, ep) ?? []);
  return (
    <div className={classes.tiles} role="group" aria-label="Measurements">
      <SizeMetric report={report} variant={variant} />
      {cells.map((cell) => (
        <LatencyMetric key={cell.ep} report={report} cell={cell} />
      ))}
      <MatchMetric report={report} variantId={variant.id} />
      <AccuracyMetric report={report} variantId={variant.id} />
    </div>
  );
}

interface VariantChoiceProps {
  readonly report: Report;
  readonly chosen: string | undefined;
  readonly colourOf: (id: string) => string;
  readonly onChoose: (id: string) => void;
}

/** Whose sentence, numbers and recipe are shown. */
function VariantChoice({ report, chosen, colourOf, onChoose }: VariantChoiceProps) {
  return (
    <div className={classes.choice} role="group" aria-label="Variant">
      {report.variants.map(({ id, name }) => (
        <button key={id} type="button" aria-pressed={id === chosen} onClick={() => onChoose(id)}>
          <VariantDot colour={colourOf(id)} />
          {name}
        </button>
      ))}
    </div>
  );
}
