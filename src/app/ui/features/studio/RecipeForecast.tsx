/** Expected size and costs of the variant, while options of the recipe are chosen. */
import { useEffect, useState } from 'react';
import { formatBytes, formatChange, formatShortCount } from '../../../../engine/format';
import type { RecipeSketch } from '../../../../engine/recipe/sketch-recipe';
import { recipeKey } from '../../../../engine/recipe/same-recipe';
import { sketchRecipe } from '../../../state/recipe/plan-actions';
import { originalBytes } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import classes from './SidePanel.module.css';

/** Pause before asking: options change with every step of a slider. */
const pauseMs = 60;

/** `null`: only a run can decide it, or the recipe cannot run. */
interface Forecast {
  readonly of: string;
  readonly sketch: RecipeSketch | null;
}

export function RecipeForecast() {
  const asked = useWorkspace(({ recipe, freeDimensions }) => `${recipeKey(recipe)} ${JSON.stringify(freeDimensions)}`);
  const openedBytes = useWorkspace(({ original }) => original && originalBytes(original));
  const [forecast, setForecast] = useState<Forecast>();
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      sketchRecipe(controller.signal).then(
        (sketch) => setForecast({ of: asked, sketch }),
        () => controller.signal.aborted || setForecast({ of: asked, sketch: null }),
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort(new DOMException('Another recipe was asked for.', 'AbortError'));
    };
  }, [asked]);
  const sketch = forecast?.sketch ?? null;
  if (sketch === null || openedBytes === null) return null;
  return (
    <p className={classes.forecast} aria-live="polite" aria-busy={forecast?.of !== asked} data-testid="forecast">
      {forecastText(sketch, openedBytes)}
    </p>
  );
}

function forecastText({ sizeBytes, macs, parameters, isExact }: RecipeSketch, openedBytes: number): string {
  const figures = [
    `${isExact ? '' : 'about '}${formatBytes(sizeBytes)} (${formatChange(openedBytes, sizeBytes)})`,
    ...(macs === null ? [] : [`${formatShortCount(macs)} MACs`]),
    `${formatShortCount(parameters)} parameters`,
  ];
  return `Expected: ${figures.join(' · ')}`;
}
