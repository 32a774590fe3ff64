/** Puts the views of other features into the studio: a feature never imports another one. */
import { CompareView } from '../features/compare/CompareView';
import { StudioScreen } from '../features/studio/StudioScreen';

export function StudioWithViews() {
  return <StudioScreen compareView={<CompareView />} />;
}
