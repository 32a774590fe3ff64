/**
 * Puts the views of other features into the studio: a feature never imports another one. Rarely opened views load on
 * demand.
 */
import { lazy } from 'react';
import { CompareView } from '../features/compare/CompareView';
import { StudioScreen } from '../features/studio/StudioScreen';

const GraphView = lazy(() => import('../features/graph/GraphView').then((module) => ({ default: module.GraphView })));
const LayersView = lazy(() =>
  import('../features/layers/LayersView').then((module) => ({ default: module.LayersView })),
);

const SearchView = lazy(() =>
  import('../features/search/SearchView').then((module) => ({ default: module.SearchView })),
);
const SensitivityView = lazy(() =>
  import('../features/sensitivity/SensitivityView').then((module) => ({ default: module.SensitivityView })),
);

export function StudioWithViews() {
  const views = {
    'trade-off': <SearchView />,
    compare: <CompareView />,
    graph: <GraphView />,
    layers: <LayersView />,
    sensitivity: <SensitivityView />,
  };
  return <StudioScreen views={views} />;
}
